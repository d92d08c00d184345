"""One SENCO of a school hands over to the next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    invitation_services,
    queries,
    role_services,
    services,
    told_services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, Standing, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.people import (
    school_people_services,
    signals,
)
from cop_site.people.school_people_services import Part
from cop_site.people.signals import HandedOver, Passed
from cop_site.schools.cluster_queries import lasts_until
from cop_site.schools.models import School

SENCO = SchoolRoleKind.SENCO
CHANGED = "Somebody has changed this role since you opened the page. Look at it before you go on."


@dataclass(frozen=True)
class Handover:
    """Who is next, from which day and how. ``successor`` is a person's id or a newcomer.

    ``seen_ends_on`` is the end that the role had when the page was opened: a change meanwhile by
    somebody else is not overwritten.
    """

    successor: int | Newcomer
    first_day: date
    standing: Standing = Standing.SUBSTANTIVE
    moves_bookings: bool = False
    seen_ends_on: date | None = None


@dataclass(frozen=True)
class Done:
    """Who takes over, and what went along. ``passed`` None where it had been done already."""

    name: str
    passed: Passed | None


def hand_over(school_id: int, role_id: int, handover: Handover, *, by: ActingUser) -> Done:
    """End a SENCO's role the day before the next one's begins, and pass bookings on if asked.

    Sent twice it is done once. Raises DomainError where somebody else changed the role meanwhile,
    where the next person is not of this school, or is the one who asks.
    """
    part = Part(SENCO, handover.first_day, handover.standing, shares=True)
    school_people_services.check_part(part)
    school = school_people_services.lock_school(school_id)
    row = school_people_services.get_role(school_id, role_id, SchoolRole.role == SENCO)
    account = _find_account(handover.successor, school_id)
    old, new = _lock_both(row.person_id, account.person_id)
    row = school_people_services.get_role(school_id, role_id)
    if _is_done(row, new, handover):
        return Done(new.name, None)
    _check_day(row, old, handover)
    last_day = handover.first_day - clock.ONE_DAY
    if row.ends_on is None or row.ends_on > last_day:
        role_services.end_role(row, last_day, by=by, reason="handed over")
    shares = _shares_post(new, school_id, handover, by)
    if not shares:
        school_people_services.give_part(account, school, part, by=by)
    audit.record("school", school_id, "handed over", by=by.user_id, now=_told(old, new, handover))
    handed = _handed(school, old, new, handover, by)
    ended = clock.say_day(row.ends_on or last_day)
    _tell("handed_over", old, handed, other=new.name, last_day=ended)
    if shares:
        # Who becomes SENCO is told with the role; who is one already would hear nothing.
        _tell("takes_over", new, handed, other=old.name)
    return Done(new.name, signals.pass_on(handed) if handover.moves_bookings else Passed())


def _find_account(successor: int | Newcomer, school_id: int) -> User:
    """The next person's account. Only a person of this very school may be named by id."""
    if isinstance(successor, Newcomer):
        school_people_services.one_address_at_a_time(successor.email)
        return invitation_services.find_or_add(successor)
    of_school = sa.select(SchoolRole.id).where(
        SchoolRole.person_id == successor,
        SchoolRole.school_id == school_id,
        lasts_until(SchoolRole, clock.today()),
    )
    if db.session.scalar(of_school.limit(1)) is None:
        raise DomainError("Choose one of the school’s people, or somebody new", field="who")
    account = db.session.scalar(sa.select(User).where(User.person_id == successor))
    if account is None:
        person = queries.get_person(successor)
        if person.email is None:
            raise DomainError(
                f"{person.name} has no email address here. Choose “Somebody new”", field="who"
            )
        return services.add_user(person, person.email, None)
    if account.disabled_at is not None:
        raise DomainError(invitation_services.DISABLED, field="who")
    return account


def _lock_both(old_id: int, new_id: int) -> tuple[Person, Person]:
    """By id, so that two handovers between the same people at two schools can't deadlock."""
    if old_id == new_id:
        raise DomainError("Choose somebody else: this is who hands over", field="who")
    locked = {key: role_services.lock_person(key) for key in sorted((old_id, new_id))}
    return locked[old_id], locked[new_id]


def _is_done(row: SchoolRole, new: Person, handover: Handover) -> bool:
    """True where this very handover was made. DomainError where another one was."""
    if row.ends_on is None:
        return False
    next_day = row.ends_on + clock.ONE_DAY
    next_one = db.session.execute(
        sa.select(Person.id, Person.name, SchoolRole.standing, SchoolRole.ends_on)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .where(
            SchoolRole.school_id == row.school_id,
            SchoolRole.role == SENCO,
            SchoolRole.starts_on == next_day,
            SchoolRole.person_id != row.person_id,
        )
        .order_by((SchoolRole.person_id == new.id).desc())
        .limit(1)
    ).one_or_none()
    if next_one is None:
        return False
    held = (next_one.standing, next_one.ends_on)
    if next_one.id == new.id and held != (handover.standing, None):
        # Acting, or until a day: they may still be given the post.
        return False
    if next_one.id == new.id and next_day == handover.first_day:
        return True
    day = clock.say_day(next_day)
    raise DomainError(f"Somebody has done this already: {next_one.name} takes over on {day}.")


def _check_day(row: SchoolRole, old: Person, handover: Handover) -> None:
    if row.ends_on != handover.seen_ends_on:
        raise DomainError(CHANGED)
    if handover.first_day <= row.starts_on:
        began = clock.say_day(row.starts_on)
        raise DomainError(
            f"The day must be after {began}, when {old.name} began", field="first_day"
        )


def _shares_post(new: Person, school_id: int, handover: Handover, by: ActingUser) -> bool:
    """True where they are SENCO on the day already, in that standing and with no end.

    Another such role, acting or until a day, ends the day before: the new one takes its place.
    """
    query = sa.select(SchoolRole).where(
        SchoolRole.person_id == new.id,
        SchoolRole.school_id == school_id,
        SchoolRole.role == SENCO,
        SchoolRole.starts_on <= handover.first_day,
        lasts_until(SchoolRole, handover.first_day),
    )
    row = db.session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        return False
    if row.ends_on is None and row.standing is handover.standing:
        return True
    if row.starts_on == handover.first_day <= clock.today():
        began = clock.say_day(row.starts_on)
        raise DomainError(
            f"{new.name} began as {row.name} on {began}. Enter a later date", field="first_day"
        )
    last_day = handover.first_day - clock.ONE_DAY
    role_services.end_role(row, last_day, by=by, reason="handed over")
    return False


def _told(old: Person, new: Person, handover: Handover) -> dict[str, object]:
    return {
        "from_person_id": old.id,
        "to_person_id": new.id,
        "first_day": handover.first_day.isoformat(),
        "moves_bookings": handover.moves_bookings,
    }


def _tell(kind: str, person: Person, handed: HandedOver, **more: str) -> None:
    """By name who did it, unless they did it themselves."""
    context = {
        "school": handed.school_name,
        "first_day": clock.say_day(handed.first_day),
        "by": handed.by.name if handed.by.person_id != person.id else "",
    }
    told_services.tell(person.id, f"people/{kind}", ("school", handed.school_id), context | more)


def _handed(
    school: School, old: Person, new: Person, handover: Handover, by: ActingUser
) -> HandedOver:
    return HandedOver(
        school_id=school.id,
        school_name=school.name,
        role=SENCO,
        from_person_id=old.id,
        from_name=old.name,
        to_person_id=new.id,
        to_name=new.name,
        first_day=handover.first_day,
        by=by,
    )
