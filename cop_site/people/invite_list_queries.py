"""What a list of people to invite would do, line by line. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts import role_queries
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import (
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRoleKind,
    User,
)
from cop_site.accounts.role_queries import PARTNER, SCHOOL, SERVICE, RoleLine
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.people import (
    role_choosing_queries,
    role_giving,
)
from cop_site.people.invite_list_reading import ListLine
from cop_site.people.role_giving import ChosenRole
from cop_site.schools.cluster_queries import lasts_until
from cop_site.schools.models import School
from cop_site.schools.naming_queries import match_schools
from cop_site.schools.open_queries import is_closed_on

SEVERAL = "Another line has this address with another name"
TWICE = "Another line says the same"


@dataclass(frozen=True)
class Known:
    """Somebody who is here already. ``is_closed``: their account is."""

    person_id: int
    name: str
    email: str
    is_closed: bool


@dataclass(frozen=True)
class GoodLine:
    """A line that can be done: who gets which role from when; ``known`` None for somebody new.

    ``is_second``: the school has a SENCO by then, or an earlier line names one.
    """

    line: ListLine
    chosen: ChosenRole
    known: Known | None
    starts_on: date
    is_second: bool = False


@dataclass(frozen=True)
class RefusedLine:
    line: ListLine
    why: str
    lacks_partner: bool = False


@dataclass
class ListPlan:
    """What would happen, and the lines that can't be done, in the order of the list."""

    good: list[GoodLine] = field(default_factory=list)
    refused: list[RefusedLine] = field(default_factory=list)

    @property
    def count_people(self) -> int:
        return len({one.line.email for one in self.good})

    @property
    def good_text(self) -> str:
        return "\n".join(one.line.text for one in self.good)

    @property
    def refused_text(self) -> str:
        return "\n".join(one.line.text for one in self.refused)


@dataclass(frozen=True)
class _Facts:
    """What the lines are held against, read in four statements however many there are."""

    schools: dict[str, list[School]]
    partners: dict[str, PartnerService]
    known: dict[str, Known]
    roles: dict[int, list[RoleLine]]
    only: School | None


def plan_list(
    lines: Sequence[ListLine], starts_on: date, *, by: ActingUser, school: School | None = None
) -> ListPlan:
    """Which lines can be done, and why the others can't.

    Roles begin on ``starts_on`` where their line has no day of its own. With ``school`` every
    line is for a role at that one, and names no other.
    """
    facts = _gather(lines, starts_on, school)
    plan = ListPlan()
    for line in lines:
        day = line.starts_on or starts_on
        try:
            chosen = _choose(line, day, facts)
            known = facts.known.get(line.email)
            _check_repeats(line, chosen, plan.good)
            _check_person(known, chosen, day, facts, by)
        except DomainError as error:
            refused = RefusedLine(line, error.sentence, error.field == PARTNER)
            plan.refused.append(refused)
        else:
            plan.good.append(GoodLine(line, chosen, known, day))
    _mark_seconds(plan)
    return plan


def _mark_seconds(plan: ListPlan) -> None:
    """Say of which lines somebody else is SENCO there on their first day or later."""
    key = SchoolRoleKind.SENCO.value
    places = {one.chosen.place_id for one in plan.good if one.chosen.key == key}
    if not places:
        return
    there: dict[int, list[tuple[str | None, date]]] = {place_id: [] for place_id in places}
    for place_id, email, last_day in db.session.execute(
        sa.select(SchoolRole.school_id, Person.email, SchoolRole.ends_on)
        .join(Person, Person.id == SchoolRole.person_id)
        .where(
            SchoolRole.school_id.in_(places),
            SchoolRole.role == SchoolRoleKind.SENCO,
            Person.merged_into_id.is_(None),
            lasts_until(SchoolRole, min(one.starts_on for one in plan.good)),
        )
    ):
        there[place_id].append((email, last_day or date.max))
    for number, one in enumerate(plan.good):
        if one.chosen.key == key:
            sencos = there[one.chosen.place_id]
            others = {email for email, last_day in sencos if last_day >= one.starts_on}
            plan.good[number] = replace(one, is_second=bool(others - {one.line.email}))
            sencos.append((one.line.email, date.max))


def _gather(lines: Sequence[ListLine], starts_on: date, school: School | None) -> _Facts:
    places = {one.place for one in lines if one.place and one.role and one.role.source == SCHOOL}
    known = _find_known({one.email for one in lines if not one.fault})
    ids = [one.person_id for one in known.values()]
    roles: dict[int, list[RoleLine]] = {}
    since = min((one.starts_on or starts_on for one in lines), default=starts_on)
    for role in role_queries.list_roles(ids, since) if ids else ():
        roles.setdefault(role.person_id, []).append(role)
    partners = {row.name.casefold(): row for row in role_choosing_queries.list_partners()}
    return _Facts(match_schools(places), partners, known, roles, school)


def _find_known(emails: Iterable[str]) -> dict[str, Known]:
    rows = db.session.execute(
        sa.select(Person.id, Person.name, Person.email, User.disabled_at.is_not(None))
        .outerjoin(User, User.person_id == Person.id)
        .where(Person.email.in_(list(emails)), Person.merged_into_id.is_(None))
    )
    return {email: Known(key, name, email, closed) for key, name, email, closed in rows if email}


def _choose(line: ListLine, starts_on: date, facts: _Facts) -> ChosenRole:
    if line.fault or line.role is None:
        raise DomainError(line.fault)
    if facts.only is not None:
        return _choose_at(facts.only, line, facts)
    if line.role.source == SERVICE:
        return role_giving.service_role(ServiceRoleKind(line.role.key))
    if line.role.source == PARTNER:
        partner = facts.partners.get(line.place.casefold())
        if partner is None:
            sentence = f"There is no partner service “{line.place[:60]}”"
            raise DomainError(sentence, field=PARTNER)
        return role_giving.partner_role(partner.id, partner.name)
    if not line.place:
        raise DomainError("The school is missing")
    school = role_choosing_queries.pick_school(facts.schools[line.place])
    if is_closed_on(school, starts_on):
        raise DomainError(f"{school.label} is closed on that day")
    return _at(school, line)


def _choose_at(school: School, line: ListLine, facts: _Facts) -> ChosenRole:
    """A school's own list gives roles at that school alone."""
    if line.role is None or line.role.source != SCHOOL:
        raise DomainError(f"This list is for roles at {school.name}")
    if line.place and school.id not in {one.id for one in facts.schools[line.place]}:
        raise DomainError(f"This list is for {school.name} alone")
    return _at(school, line)


def _at(school: School, line: ListLine) -> ChosenRole:
    assert line.role is not None
    kind = SchoolRoleKind(line.role.key)
    chosen = role_giving.school_role(kind, school.id, school.name, line.role.standing)
    # Who writes a list has looked it over, and has nowhere to say so of a line.
    return replace(chosen, shares=True)


def _check_repeats(line: ListLine, chosen: ChosenRole, good: Iterable[GoodLine]) -> None:
    for other in good:
        if other.line.email != line.email:
            continue
        if other.line.name.casefold() != line.name.casefold():
            raise DomainError(SEVERAL)
        if _is_same(other.chosen, chosen):
            raise DomainError(TWICE)


def _is_same(one: ChosenRole, other: ChosenRole) -> bool:
    return (one.source, one.key, one.place_id) == (other.source, other.key, other.place_id)


def _check_person(
    known: Known | None, chosen: ChosenRole, day: date, facts: _Facts, by: ActingUser
) -> None:
    if known is None:
        return
    if known.person_id == by.person_id:
        raise DomainError("Somebody else must give you a role")
    if known.is_closed:
        raise DomainError("This address belongs to an account that is closed")
    for held in facts.roles.get(known.person_id, ()):
        same = (chosen.source, chosen.key, chosen.place_id)
        lasts = held.ends_on is None or held.ends_on >= day
        if lasts and (held.source, held.key, held.place_id or 0) == same:
            since = clock.say_day(held.starts_on)
            raise DomainError(f"They have this role already, from {since}")
