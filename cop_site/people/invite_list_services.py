"""Inviting everybody on a list at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    invitation_services,
    link_services,
    role_queries,
    role_services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import LASTS, Newcomer
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import (
    OneTimeLink,
    PartnerRole,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    User,
)
from cop_site.accounts.role_queries import LATEST_START
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.services import ONCE, Recipient, queue_messages
from cop_site.people import (
    person_services,
    school_people_services,
)
from cop_site.people.invite_list_queries import GoodLine, ListPlan, plan_list
from cop_site.people.invite_list_reading import ListLine
from cop_site.people.role_giving import ChosenRole
from cop_site.schools.models import School

Group = list[GoodLine]


def invite_list(
    lines: Sequence[ListLine], starts_on: date, *, by: ActingUser, school_id: int | None = None
) -> ListPlan:
    """Invite everybody whose line can be done; what came back says which could not, and why.

    Roles begin on ``starts_on`` where their line has no day of its own.
    Everything is checked here, whatever a page had said before. Who is here already gets the role
    and a message, one at a time; everybody new is written in a few statements.
    """
    school: School | None = None
    if school_id is not None:
        school = school_people_services.lock_school(school_id)
    check_first_day(starts_on)
    plan = plan_list(lines, starts_on, by=by, school=school)
    groups: dict[str, Group] = {}
    for good in plan.good:
        groups.setdefault(good.line.email, []).append(good)
    # In one order, so that two lists with the same people wait for each other and never cross.
    new = [groups[email] for email in sorted(groups) if groups[email][0].known is None]
    if not by.has_role("administrator"):
        invitation_services.check_daily(by, len(new))
    _add_all(new, by)
    known = [group for group in groups.values() if group[0].known is not None]
    for group in sorted(known, key=lambda group: group[0].known.person_id):  # type: ignore[union-attr]
        _give(group, by)
    return plan


def check_first_day(starts_on: date) -> None:
    """Raises DomainError where it is more than a year ahead."""
    if starts_on > clock.today() + LATEST_START:
        raise DomainError("The first day must be within a year from now", field="starts_on")


def _give(group: Group, by: ActingUser) -> None:
    line = group[0].line
    user = invitation_services.find_or_add(Newcomer(line.name, line.email))
    for good in group:
        person_services.give_role(user.person_id, good.chosen, good.starts_on, by=by)
    invitation_services.invite(user, _welcome(group), by=by)


def _welcome(group: Group) -> str:
    """The roles, those of one first day said together."""
    days = {good.starts_on: "" for good in group}
    for good in group:
        before = days[good.starts_on]
        days[good.starts_on] = f"{before} and {good.chosen.words}" if before else good.chosen.words
    return " and ".join(clock.say_from(words, day) for day, words in days.items())


def _add_all(groups: Sequence[Group], by: ActingUser) -> None:
    """New people with their accounts, roles and invitations. As ``invite`` and ``give_role`` do.

    Written many at a time and read back, as SQLite gives no ids for rows inserted together.
    """
    if not groups:
        return
    now = clock.now()
    named = {group[0].line.email: group[0].line.name for group in groups}
    people = [{"name": name, "email": email, "created_at": now} for email, name in named.items()]
    db.session.execute(sa.insert(Person), people)
    of_people = sa.select(Person.email, Person.id).where(Person.email.in_(named))
    person_ids = _pairs(of_people.where(Person.merged_into_id.is_(None)))
    accounts = [
        {"person_id": person_ids[email], "email": email, "created_at": now} for email in named
    ]
    db.session.execute(sa.insert(User), accounts)
    user_ids = _pairs(sa.select(User.email, User.id).where(User.email.in_(named)))
    added: list[audit.Entry] = [(user_ids[email], {}, {"email": email}) for email in named]
    audit.record_many("user", "added", added, by=by.user_id)
    _give_all(groups, person_ids, by)
    _mail_all(groups, user_ids, by)


def _pairs(query: sa.Select[str | None, int] | sa.Select[str, int]) -> dict[str, int]:
    return {key: found for key, found in db.session.execute(query) if key is not None}


def _give_all(groups: Sequence[Group], person_ids: dict[str, int], by: ActingUser) -> None:
    rows = [
        _row(good.chosen, person_ids[good.line.email], good.starts_on)
        for group in groups
        for good in group
    ]
    for kind in (SchoolRole, ServiceRole, PartnerRole):
        fields = [column.key for column in kind.__table__.columns if column.key != "id"]
        values = [
            {name: getattr(row, name) for name in fields} for row in rows if type(row) is kind
        ]
        if values:
            db.session.execute(sa.insert(kind), values)
    given: list[audit.Entry] = [(row.person_id, {}, role_services.describe(row)) for row in rows]
    audit.record_many("person", "role given", given, by=by.user_id)


def _row(chosen: ChosenRole, person_id: int, starts_on: date) -> role_queries.Role:
    if chosen.source == role_queries.SERVICE:
        role = ServiceRoleKind(chosen.key)
        return ServiceRole(person_id=person_id, role=role, starts_on=starts_on)
    if chosen.source == role_queries.PARTNER:
        return PartnerRole(
            person_id=person_id, partner_service_id=chosen.place_id, starts_on=starts_on
        )
    return SchoolRole(
        person_id=person_id,
        school_id=chosen.place_id,
        role=SchoolRoleKind(chosen.key),
        standing=chosen.standing,
        starts_on=starts_on,
    )


def _mail_all(groups: Sequence[Group], user_ids: dict[str, int], by: ActingUser) -> None:
    made = {
        email: link_services.new_link(key, LinkPurpose.INVITATION, LASTS)
        for email, key in user_ids.items()
    }
    db.session.execute(sa.insert(OneTimeLink), [link for link, _token in made.values()])
    hashes = [link["token_hash"] for link, _token in made.values()]
    link_ids = _pairs(
        sa.select(OneTimeLink.token_hash, OneTimeLink.id).where(OneTimeLink.token_hash.in_(hashes))
    )
    messages = []
    for group in groups:
        line = group[0].line
        link, token = made[line.email]
        context = {"welcome": _welcome(group), "by": by.name, ONCE: token}
        messages.append((Recipient(line.email, line.name), link_ids[link["token_hash"]], context))
    queue_messages(messages, kind="accounts/invitation", thing="one_time_link")
    audit.record_many(
        "user", "invited", [(key, {}, {}) for key in user_ids.values()], by=by.user_id
    )
