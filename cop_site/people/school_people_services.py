"""A school looks after its own people: adding, ending, inviting again, saying who is still there.

Whoever may is asked of the policy. Every change to a school's people locks the school first, then
the person, so that two at once take turns and a double click finds what the first one did.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    invitation_services,
    queries,
    role_services,
    told_services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import (
    OneTimeLink,
    Person,
    SchoolRole,
    SchoolRoleKind,
    Standing,
    User,
    name_role,
)
from cop_site.accounts.role_queries import LATEST_START
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.person_names import is_same_name
from cop_site.schools.cluster_queries import holds_on, lasts_until
from cop_site.schools.models import School

INVITE_AGAIN_AFTER = timedelta(minutes=10)
IN_ALREADY = "They have been in already, so they need no invitation."


@dataclass(frozen=True)
class Part:
    """What somebody is to be at a school, and from which day. ``shares``: as a second SENCO."""

    role: SchoolRoleKind
    starts_on: date
    standing: Standing = Standing.SUBSTANTIVE
    shares: bool = False


def add_person(school_id: int, newcomer: Newcomer, part: Part, *, by: ActingUser) -> SchoolRole:
    """Give a part at the school to whoever has the address, and invite them.

    Somebody who is here already keeps their name. The very same part again gives the one that is
    there. Raises DomainError for a part they hold then, a day over a year ahead, or one's own.
    """
    check_part(part)
    school = lock_school(school_id)
    one_address_at_a_time(newcomer.email)
    refuse_namesake(newcomer, school, part.starts_on)
    return give_part(invitation_services.find_or_add(newcomer), school, part, by=by)


def one_address_at_a_time(email: str) -> None:
    """Until the transaction ends: two schools that add one new person at once take turns."""
    if db.session.get_bind().dialect.name == "postgresql":
        key = int(hashlib.sha256(f"address {email.lower()}".encode()).hexdigest()[:15], 16)
        db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


def check_part(part: Part) -> None:
    """Raises DomainError where nobody could have it."""
    if part.standing is not Standing.SUBSTANTIVE and part.role is not SchoolRoleKind.SENCO:
        raise DomainError("Only a SENCO can be acting or interim", field="standing")
    if part.starts_on > clock.today() + LATEST_START:
        raise DomainError("The first day must be within a year from now", field="starts_on")


def give_part(
    user: User, school: School, part: Part, *, by: ActingUser, asked: bool = False
) -> SchoolRole:
    """As ``add_person`` for an account that is there. The school is locked.

    ``asked``: they asked to join, so what they read is an answer.
    """
    same = find_part(user.person_id, school.id, part)
    if same is not None:
        return same
    if part.role is SchoolRoleKind.SENCO and not part.shares:
        refuse_second_senco(user.person_id, school.id, part.starts_on)
    row = role_services.give_school_role(
        user.person_id, school.id, part.role, part.starts_on, by=by, standing=part.standing
    )
    named = school.name if asked else ""
    invitation_services.invite(user, say_part(row, school), by=by, asked=named)
    return row


def refuse_second_senco(person_id: int, school_id: int, day: date) -> None:
    """Raises DomainError where others are SENCO on that day or later: more often one hands over.

    The school is locked: of two at once the second finds the first.
    """
    query = (
        sa.select(Person.name, SchoolRole.starts_on)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .where(
            SchoolRole.school_id == school_id,
            SchoolRole.role == SchoolRoleKind.SENCO,
            Person.id != person_id,
            Person.merged_into_id.is_(None),
            lasts_until(SchoolRole, day),
        )
        .order_by(SchoolRole.starts_on, Person.name)
    )
    found = db.session.execute(query).all()
    if not found:
        return
    names = [name for name, starts_on in found if starts_on <= day]
    said = f"{' and '.join(names)} {'is' if len(names) == 1 else 'are'} already SENCO on that day."
    if not names:
        name, starts_on = found[0]
        said = f"{name} is to be SENCO from {clock.say_day(starts_on)}."
    raise DomainError(
        f"{said} Hand over to the new SENCO instead, or tick that they share the post",
        field="shares",
    )


def refuse_namesake(newcomer: Newcomer, school: School, day: date) -> None:
    """Raises DomainError where the address is new and the name is not: more often it is them.

    The school is locked.
    """
    if newcomer.is_other or queries.find_person_by_email(newcomer.email.lower()) is not None:
        return
    held = (
        sa.select(Person.name)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .where(
            SchoolRole.school_id == school.id,
            Person.merged_into_id.is_(None),
            lasts_until(SchoolRole, min(day, clock.today())),
        )
    )
    if any(is_same_name(name, newcomer.name) for name in db.session.scalars(held)):
        raise DomainError(
            f"{newcomer.name} is at {school.name} already, with another address or none."
            " Correct that one, or tick that this is somebody else",
            field="is_other",
        )


def find_part(person_id: int, school_id: int, part: Part) -> SchoolRole | None:
    """The very same part, open, where they have it."""
    return db.session.scalar(
        sa.select(SchoolRole).where(
            SchoolRole.person_id == person_id,
            SchoolRole.school_id == school_id,
            SchoolRole.role == part.role,
            SchoolRole.standing == part.standing,
            SchoolRole.starts_on == part.starts_on,
            SchoolRole.ends_on.is_(None),
        )
    )


def say_part(row: SchoolRole, school: School) -> str:
    """Like "Acting SENCO at Elm Primary School from 1 January 2027"."""
    return clock.say_from(f"{name_role(row.role, row.standing)} at {school.name}", row.starts_on)


def lock_school(school_id: int) -> School:
    """One change at a time to the people of a school."""
    school = db.session.scalar(
        sa.select(School)
        .where(School.id == school_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if school is None:
        raise NotFoundError("There is no such school.")
    return school


def find_role(
    school_id: int, role_id: int, *conditions: sa.ColumnElement[bool]
) -> SchoolRole | None:
    """A role at this very school, read anew.

    Not locked: elsewhere the person is locked before the role.
    """
    return db.session.scalar(
        sa.select(SchoolRole)
        .where(SchoolRole.id == role_id, SchoolRole.school_id == school_id, *conditions)
        .execution_options(populate_existing=True)
    )


def get_role(school_id: int, role_id: int, *conditions: sa.ColumnElement[bool]) -> SchoolRole:
    """As ``find_role``; NotFoundError where there is none."""
    row = find_role(school_id, role_id, *conditions)
    if row is None:
        raise NotFoundError("There is no such role.")
    return row


def end_part(school_id: int, role_id: int, last_day: date, *, by: ActingUser) -> bool:
    """Say which day is the last of a role; False where it is that already, or is no more.

    One that has not begun by then is taken away. Raises DomainError as ``role_services.end_role``.
    """
    lock_school(school_id)
    row = find_role(school_id, role_id)
    return row is not None and told_services.end_role(row, last_day, by=by)


def correct_first_day(
    school_id: int, role_id: int, first_day: date, *, by: ActingUser, reason: str
) -> bool:
    """As ``role_services.correct_first_day``, for a role at this school."""
    lock_school(school_id)
    row = get_role(school_id, role_id)
    return role_services.correct_first_day(row, first_day, by=by, reason=reason)


def invite_again(school_id: int, role_id: int, *, by: ActingUser) -> None:
    """Mail a new invitation to somebody who has not been in; the earlier link works no more.

    Raises DomainError where they have been in, or one went out in the last 10 minutes.
    """
    school = lock_school(school_id)
    row = get_role(school_id, role_id, lasts_until(SchoolRole, clock.today()))
    role_services.lock_person(row.person_id)
    user = db.session.scalar(
        sa.select(User)
        .where(User.person_id == row.person_id)
        .execution_options(populate_existing=True)
    )
    if user is None or user.disabled_at is not None:
        raise DomainError(invitation_services.DISABLED)
    if user.first_in_at is not None:
        raise DomainError(IN_ALREADY)
    recent = clock.now() + invitation_services.LASTS - INVITE_AGAIN_AFTER
    sent = sa.select(OneTimeLink.id).where(
        OneTimeLink.user_id == user.id,
        OneTimeLink.purpose == LinkPurpose.INVITATION,
        OneTimeLink.expires_at > recent,
    )
    if db.session.scalar(sent.limit(1)) is not None:
        raise DomainError("An invitation went out in the last 10 minutes. Give it time to arrive.")
    invitation_services.invite(user, say_part(row, school), by=by)


def confirm_senco(school_id: int, role_id: int, *, by: ActingUser) -> None:
    """The school says that its SENCO is still its SENCO. Twice on a day is once."""
    lock_school(school_id)
    today = clock.today()
    row = get_role(
        school_id, role_id, SchoolRole.role == SchoolRoleKind.SENCO, holds_on(SchoolRole, today)
    )
    if row.confirmed_on == today:
        return
    was = {"confirmed_on": row.confirmed_on.isoformat() if row.confirmed_on else None}
    row.confirmed_on = today
    told = {"role_id": row.id, "school_id": school_id, "confirmed_on": today.isoformat()}
    audit.record("person", row.person_id, "still in post", by=by.user_id, was=was, now=told)
