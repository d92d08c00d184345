"""Giving and ending roles: at schools, in the service, with partners. Dated, with a history."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import (
    queries,
    role_queries,
    services,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import (
    PartnerRole,
    PartnerService,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    Standing,
    User,
)
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools.cluster_queries import lasts_until
from cop_site.schools.models import School
from cop_site.schools.open_queries import is_closed_on

Role = SchoolRole | ServiceRole | PartnerRole
AnyRole = TypeVar("AnyRole", SchoolRole, ServiceRole, PartnerRole)
ERASED = "This person was removed from the site, so nothing can be changed about them."
LAST_ADMINISTRATOR = (
    "There must always be an administrator who has signed in. Give somebody else the role first."
)


def give_school_role(
    person_id: int,
    school_id: int,
    role: SchoolRoleKind,
    starts_on: date,
    *,
    by: ActingUser,
    standing: Standing = Standing.SUBSTANTIVE,
    ends_on: date | None = None,
) -> SchoolRole:
    """A role at a school from ``starts_on`` to ``ends_on``, or until it is ended.

    Raises DomainError where they hold it there on one of those days, where the school is closed,
    or where it is their own: nobody gives themselves a right.
    """
    school = db.session.get(School, school_id)
    if school is None:
        raise NotFoundError("There is no such school.")
    if is_closed_on(school, starts_on):
        raise DomainError(f"{school.name} is closed on that day.", field="starts_on")
    _refuse_own(person_id, by)
    row = SchoolRole(
        person_id=person_id,
        school_id=school_id,
        role=role,
        standing=standing,
        starts_on=starts_on,
        ends_on=ends_on,
    )
    return _give(row, by=by)


def give_service_role(
    person_id: int, role: ServiceRoleKind, starts_on: date, *, by: ActingUser
) -> ServiceRole:
    """A role in the service. Raises DomainError where they hold it then, or it is their own."""
    _refuse_own(person_id, by)
    row = ServiceRole(person_id=person_id, role=role, starts_on=starts_on)
    return _give(row, by=by)


def give_partner_role(
    person_id: int, partner_service_id: int, starts_on: date, *, by: ActingUser
) -> PartnerRole:
    """Time with a partner service. Raises DomainError where they are with it then already."""
    if db.session.get(PartnerService, partner_service_id) is None:
        raise NotFoundError("There is no such partner service.")
    _refuse_own(person_id, by)
    row = PartnerRole(
        person_id=person_id, partner_service_id=partner_service_id, starts_on=starts_on
    )
    return _give(row, by=by)


def _refuse_own(person_id: int, by: ActingUser) -> None:
    if person_id == by.person_id:
        raise DomainError("Somebody else must give you a role.")


def _give(row: AnyRole, *, by: ActingUser) -> AnyRole:
    """Add the row unless the person has the same on one of its days; the person is locked."""
    _refuse_overlap(row, lock_person(row.person_id), row.ends_on)
    db.session.add(row)
    db.session.flush()
    _record(row, "role given", by=by, now=describe(row))
    # Not for a role at a school: who may add people there could sign anybody out (ADR 21).
    # Rights are read on every request in any case.
    if not isinstance(row, SchoolRole):
        _end_sign_ins(row, by=by)
    return row


def _refuse_overlap(row: Role, person: Person, last_day: date | None, **error: str) -> None:
    """Raises DomainError where, up to ``last_day``, they have the same by another row."""
    kind: Any = type(row)
    same, what = _same(row)
    other = db.session.scalar(
        sa.select(kind)
        .where(
            kind.person_id == person.id,
            same,
            lasts_until(kind, row.starts_on),
            sa.true() if last_day is None else kind.starts_on <= last_day,
            sa.true() if row.id is None else kind.id != row.id,
        )
        .order_by(kind.starts_on)
        .limit(1)
    )
    if other is not None:
        day = clock.say_day(other.starts_on)
        raise DomainError(f"{person.name} is {what} from {day} already.", **error)


def _same(row: Role) -> tuple[sa.ColumnElement[bool], str]:
    """Which rows stand for the same role, whoever holds it, and its name."""
    if isinstance(row, SchoolRole):
        same = sa.and_(SchoolRole.school_id == row.school_id, SchoolRole.role == row.role)
        return same, f"{row.role.label} at {db.session.get_one(School, row.school_id).name}"
    if isinstance(row, ServiceRole):
        return ServiceRole.role == row.role, row.role.label
    partner = db.session.get_one(PartnerService, row.partner_service_id)
    return PartnerRole.partner_service_id == partner.id, partner.name


def end_role(row: Role, last_day: date, *, by: ActingUser, reason: str = "") -> bool:
    """The last day a role holds; one that has not begun by then is taken away.

    False where it is that already. ``row`` is read anew, locked. Raises DomainError where it
    ended before today, where ``last_day`` lies before its beginning in the past or in their next
    one of the same kind, or where it is the last administrator's.
    """
    if isinstance(row, ServiceRole) and row.role is ServiceRoleKind.ADMINISTRATOR:
        lock_administrators()
    person = lock_person(row.person_id)
    found = _read_anew(row)
    if found.ends_on == last_day:
        return False
    _check_last_day(found, person, last_day)
    was = describe(found)
    if last_day < found.starts_on:
        db.session.delete(found)
        _record(found, "role withdrawn", by=by, was=was, reason=reason)
    else:
        found.ends_on = last_day
        _record(found, "role ended", by=by, was=was, now=describe(found), reason=reason)
    db.session.flush()
    if isinstance(found, ServiceRole) and found.role is ServiceRoleKind.ADMINISTRATOR:
        check_administrator_left()
    _shut_doors(found, last_day, by=by)
    return True


def correct_first_day(row: Role, first_day: date, *, by: ActingUser, reason: str = "") -> bool:
    """Put right from which day a role holds; False where it is that day already.

    What is counted by the day follows. Raises DomainError where that is after its last day, over
    a year ahead, within another of the same kind, or would begin one's own role earlier.
    """
    if isinstance(row, ServiceRole) and row.role is ServiceRoleKind.ADMINISTRATOR:
        lock_administrators()
    person = lock_person(row.person_id)
    found = _read_anew(row)
    if found.starts_on == first_day:
        return False
    _check_first_day(found, first_day, by)
    was, held = describe(found), _holds_today(found)
    found.starts_on = first_day
    _refuse_overlap(found, person, found.ends_on, field="first_day")
    db.session.flush()
    _record(found, "first day corrected", by=by, was=was, now=describe(found), reason=reason)
    if isinstance(found, ServiceRole) and found.role is ServiceRoleKind.ADMINISTRATOR:
        check_administrator_left()
    # As where a role ends or is given (ADR 21).
    if _holds_today(found) != held and (held or not isinstance(found, SchoolRole)):
        _end_sign_ins(found, by=by)
    return True


def _check_first_day(row: Role, first_day: date, by: ActingUser) -> None:
    today = clock.today()
    if first_day > today + role_queries.LATEST_START:
        raise DomainError("The first day must be within a year from now", field="first_day")
    if row.ends_on is not None and first_day > row.ends_on:
        raise DomainError(
            f"The last day is {clock.say_day(row.ends_on)}. Enter that date or an earlier one.",
            field="first_day",
        )
    if first_day < row.starts_on and row.starts_on > today:
        _refuse_own(row.person_id, by)
    if isinstance(row, SchoolRole):
        school = db.session.get_one(School, row.school_id)
        if is_closed_on(school, first_day):
            raise DomainError(f"{school.name} is closed on that day.", field="first_day")


def _holds_today(row: Role) -> bool:
    today = clock.today()
    return row.starts_on <= today and (row.ends_on is None or row.ends_on >= today)


def _read_anew(row: Role) -> Role:
    """The row as it is now. The person is locked."""
    found: Role | None
    found = db.session.get(type(row), row.id, populate_existing=True)  # type: ignore[assignment]
    if found is None:
        raise NotFoundError("There is no such role.")
    return found


def _check_last_day(row: Role, person: Person, last_day: date) -> None:
    today = clock.today()
    if row.ends_on is not None and row.ends_on < today:
        raise DomainError(f"This ended on {clock.say_day(row.ends_on)}.")
    if last_day < row.starts_on and row.starts_on <= today:
        raise DomainError(
            f"This began on {clock.say_day(row.starts_on)}. Enter that date or a later one.",
            field="last_day",
        )
    if row.ends_on is not None and last_day > row.ends_on:
        _refuse_overlap(row, person, last_day, field="last_day")


def lock_administrators() -> None:
    """Before any change: two who remove each other must come one after the other."""
    db.session.scalars(
        sa.select(ServiceRole.id)
        .where(ServiceRole.role == ServiceRoleKind.ADMINISTRATOR)
        .order_by(ServiceRole.id)
        .with_for_update()
    ).all()


def check_administrator_left() -> None:
    """Raises DomainError unless an administrator of today can get in and has no last day.

    Who was invited and never came may never come, so they don't count.
    """
    left = db.session.scalar(
        sa.select(ServiceRole.id)
        .join(User, User.person_id == ServiceRole.person_id)
        .where(
            ServiceRole.role == ServiceRoleKind.ADMINISTRATOR,
            ServiceRole.starts_on <= clock.today(),
            ServiceRole.ends_on.is_(None),
            User.disabled_at.is_(None),
            User.first_in_at.is_not(None),
        )
        .limit(1)
    )
    if left is None:
        raise DomainError(LAST_ADMINISTRATOR)


def lock_person(person_id: int) -> Person:
    """One change at a time to a person's roles. NotFoundError where there is nobody.

    Raises DomainError where they were erased, perhaps while we waited.
    """
    person = db.session.scalar(
        sa.select(Person)
        .where(Person.id == person_id, Person.merged_into_id.is_(None))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if person is None:
        raise NotFoundError("There is no such person.")
    if person.erased_at is not None:
        raise DomainError(ERASED)
    return person


def _end_sign_ins(row: Role, *, by: ActingUser) -> None:
    """Rights are read on every request; ending the sign-ins lets nothing older linger."""
    user_id = queries.find_user_id(row.person_id)
    if user_id is not None:
        services.lock_user(user_id)
        own = by.sign_in_id if user_id == by.user_id else None
        services.end_sign_ins(user_id, why="role changed", but=own)


def _shut_doors(row: Role, last_day: date, *, by: ActingUser) -> None:
    """Who had the role signs in again; who was added by mistake must not come in after all."""
    if last_day >= row.starts_on:
        _end_sign_ins(row, by=by)
    user = db.session.scalar(sa.select(User).where(User.person_id == row.person_id))
    if user is None or user.first_in_at is not None:
        return
    if not role_queries.list_roles([row.person_id], clock.today()):
        services.use_up_links(user.id)


def _record(
    row: Role,
    verb: str,
    *,
    by: ActingUser,
    was: dict[str, Any] | None = None,
    now: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    audit.record("person", row.person_id, verb, by=by.user_id, was=was, now=now, reason=reason)


def describe(row: Role) -> dict[str, Any]:
    """A role as the history keeps it: what, where, from when to when."""
    told: dict[str, Any] = {"starts_on": row.starts_on.isoformat()}
    if row.ends_on is not None:
        told["ends_on"] = row.ends_on.isoformat()
    if isinstance(row, SchoolRole):
        if row.standing is not Standing.SUBSTANTIVE:
            told["standing"] = row.standing.value
        return {"role": row.role.value, "school_id": row.school_id, **told}
    if isinstance(row, ServiceRole):
        return {"role": row.role.value, **told}
    return {"partner_service_id": row.partner_service_id, **told}
