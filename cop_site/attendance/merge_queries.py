"""Reads for saying who somebody at the door was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, User
from cop_site.attendance.models import (
    BY_CLOSING,
    SAME_PERSON,
    Mark,
    MarkChange,
    MarkKind,
    MarkSchool,
    Register,
)
from cop_site.bookings.models import LIVE, Booking
from cop_site.clock import london_date
from cop_site.db import db
from cop_site.events.models import Session
from cop_site.schools.cluster_queries import holds_on


@dataclass(frozen=True)
class Candidate:
    """Somebody of the school. ``is_listed``: they have a row of their own on this register.

    ``is_marked``: it says something already.
    """

    person_id: int
    name: str
    role: str
    is_listed: bool
    is_marked: bool


def find_walk_in(session_id: int, person_id: int) -> Mark | None:
    """The mark of somebody added at the door of a session, unless they were removed."""
    query = (
        sa.select(Mark)
        .join(Register, Register.id == Mark.register_id)
        .where(
            Register.session_id == session_id,
            Mark.person_id == person_id,
            Mark.is_walk_in,
            Mark.voided_at.is_(None),
        )
    )
    return db.session.scalar(query)


def find_moved_to(session_id: int, person_id: int) -> int | None:
    """Whose own row has the mark of somebody at the door; None where theirs was not moved."""
    query = (
        sa.select(Person.merged_into_id)
        .join(Mark, Mark.person_id == Person.id)
        .join(Register, Register.id == Mark.register_id)
        .where(
            Register.session_id == session_id,
            Mark.person_id == person_id,
            Mark.void_reason == SAME_PERSON,
        )
    )
    return db.session.scalar(query.limit(1))


def as_at_door(column: InstrumentedAttribute[Any]) -> sa.ScalarSelect[Any]:
    """Of the person at the door whose mark moved to the mark around; null where none did."""
    door, at_door = aliased(Person), aliased(Mark)
    return (
        sa.select(getattr(door, column.key))
        .join(at_door, at_door.person_id == door.id)
        .where(
            door.merged_into_id == Mark.person_id,
            at_door.register_id == Mark.register_id,
            at_door.void_reason == SAME_PERSON,
        )
        .order_by(door.id)
        .limit(1)
        .correlate(Mark)
        .scalar_subquery()
    )


def list_schools_at_door(register_id: int) -> dict[int, dict[int, SchoolRoleKind]]:
    """By person, the schools and roles they came for at the door, though they had a row too."""
    own = aliased(Person)
    rows = db.session.execute(
        sa.select(own.id, MarkSchool.school_id, MarkSchool.role)
        .join(Person, Person.merged_into_id == own.id)
        .join(Mark, Mark.person_id == Person.id)
        .join(MarkSchool, MarkSchool.mark_id == Mark.id)
        .where(Mark.register_id == register_id, Mark.void_reason == SAME_PERSON)
        .order_by(MarkSchool.id)
    )
    found: dict[int, dict[int, SchoolRoleKind]] = {}
    for person_id, school_id, role in rows:
        found.setdefault(person_id, {})[school_id] = role
    return found


def stands_alone(person_id: int) -> bool:
    """True for somebody who was only ever at a door: no address, no account and no role."""
    others = sa.or_(
        Person.email.is_not(None),
        sa.exists().where(User.person_id == Person.id),
        sa.exists().where(SchoolRole.person_id == Person.id),
    )
    query = sa.select(Person.id).where(Person.id == person_id, Person.erased_at.is_(None), ~others)
    return db.session.scalar(query) is not None


def list_candidates(session: Session, mark: Mark) -> list[Candidate]:
    """Who had a role at the mark's schools on the day, the namesakes first. Two statements."""
    schools = sa.select(MarkSchool.school_id).where(MarkSchool.mark_id == mark.id)
    rows = db.session.execute(
        sa.select(Person.id, Person.name, SchoolRole.role, *_have_row(session, mark))
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .where(
            SchoolRole.school_id.in_(schools),
            holds_on(SchoolRole, london_date(session.starts_at)),
            Person.merged_into_id.is_(None),
            Person.erased_at.is_(None),
            Person.id != mark.person_id,
        )
        .order_by(Person.name, Person.id, SchoolRole.id)
    )
    found: dict[int, Candidate] = {}
    for person_id, name, role, is_listed, is_marked in rows:
        found.setdefault(person_id, Candidate(person_id, name, role.label, is_listed, is_marked))
    written = db.session.scalar(sa.select(Person.name).where(Person.id == mark.person_id)) or ""
    return sorted(found.values(), key=lambda one: one.name.casefold() != written.casefold())


def _have_row(
    session: Session, mark: Mark
) -> tuple[sa.ColumnElement[bool], sa.ColumnElement[bool]]:
    """Has a person a row of their own on the register of the mark, and is it marked?"""
    booked = sa.exists().where(
        Booking.person_id == Person.id,
        Booking.option_id == session.option_id,
        sa.or_(Booking.state.in_(LIVE), Booking.cancelled_late),
    )
    stands = sa.and_(
        Mark.person_id == Person.id, Mark.register_id == mark.register_id, Mark.voided_at.is_(None)
    )
    return sa.or_(booked, sa.exists().where(stands)), sa.exists().where(stands, is_said())


def is_marked(mark_id: int) -> bool:
    return db.session.scalar(sa.select(is_said()).where(Mark.id == mark_id)) or False


def find_last_reason(mark_id: int) -> str:
    return db.session.scalar(sa.select(last_reason()).where(Mark.id == mark_id)) or ""


def is_said() -> sa.ColumnElement[bool]:
    """True for a mark that somebody made: neither "not recorded" nor what closing made of it."""
    recorded = sa.select(MarkKind.key).where(MarkKind.recorded)
    return sa.and_(Mark.kind_key.in_(recorded), last_reason() != BY_CLOSING)


def last_reason() -> sa.ColumnElement[str]:
    """What the last change of the mark around was made for; "" where there was none."""
    last = sa.select(MarkChange.reason).where(MarkChange.mark_id == Mark.id)
    last = last.order_by(MarkChange.id.desc()).limit(1).correlate(Mark)
    return sa.func.coalesce(last.scalar_subquery(), "")
