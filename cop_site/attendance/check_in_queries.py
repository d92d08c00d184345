"""Reads of codes to check in by, and of what came of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from cop_site.accounts.models import Person, User
from cop_site.attendance.check_in_models import CheckIn
from cop_site.attendance.models import BY_CODE, Mark, MarkChange, MarkKind, Register
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Facilitator, Option, Session


@dataclass(frozen=True)
class ShownCode:
    """The code in use, and whom to ask: who made it."""

    id: int
    code: str
    made_by: str


def find_shown_code(session_id: int) -> ShownCode | None:
    """The code of a session that is in use."""
    query = (
        sa.select(CheckIn.id, CheckIn.code, Person.name)
        .outerjoin(User, User.id == CheckIn.made_by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(CheckIn.session_id == session_id, CheckIn.stopped_at.is_(None))
    )
    found = db.session.execute(query).one_or_none()
    return ShownCode(found[0], found[1], found[2] or "") if found else None


def find_code_in_use(session_id: int) -> CheckIn | None:
    """As it is now; the session is locked by whoever changes it."""
    query = sa.select(CheckIn).where(CheckIn.session_id == session_id, CheckIn.stopped_at.is_(None))
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_session_of(code: str) -> int | None:
    """The session whose code in use this is."""
    query = sa.select(CheckIn.session_id).where(CheckIn.code == code, CheckIn.stopped_at.is_(None))
    return db.session.scalar(query)


def is_taken(code: str) -> bool:
    """Whether any session has, or had, this code."""
    return db.session.scalar(sa.select(CheckIn.id).where(CheckIn.code == code)) is not None


def count_checked_in(session_id: int) -> int:
    """How many people have checked in by code."""
    query = (
        sa.select(sa.func.count(Mark.person_id.distinct()))
        .join(Register, Register.id == Mark.register_id)
        .join(MarkChange, MarkChange.mark_id == Mark.id)
        .where(Register.session_id == session_id, MarkChange.reason == BY_CODE)
    )
    return db.session.scalar(query) or 0


def has_checked_in(mark_id: int) -> bool:
    """Whether the person of this mark has ever set it themselves, whatever it says now."""
    query = sa.select(MarkChange.id).where(
        MarkChange.mark_id == mark_id, MarkChange.reason == BY_CODE
    )
    return db.session.scalar(query.limit(1)) is not None


def find_place(session: Session, person_id: int) -> Booking | None:
    """Their booking with a place, for whichever time of the event. Needs the option loaded."""
    query = (
        sa.select(Booking)
        .where(
            Booking.event_id == session.option.event_id,
            Booking.person_id == person_id,
            Booking.state == BookingState.BOOKED,
        )
        .options(joinedload(Booking.schools))
        .execution_options(populate_existing=True)
    )
    return db.session.scalars(query).unique().one_or_none()


def list_facilitators(event_id: int) -> frozenset[int]:
    """The ids of the people who run an event."""
    query = sa.select(Facilitator.person_id).where(Facilitator.event_id == event_id)
    return frozenset(db.session.scalars(query))


@dataclass(frozen=True)
class OwnMark:
    """That somebody is marked here, and the next date of what they came to."""

    session: Session
    kind: MarkKind
    at: datetime
    next_session: Session | None


def get_own_mark(session_id: int, person_id: int) -> OwnMark:
    """Raises NotFoundError for somebody whom the register does not have as here."""
    query = (
        sa.select(Session, MarkKind, Mark.marked_at)
        .join(Session.option)
        .join(Option.event)
        .join(Register, Register.session_id == Session.id)
        .join(Mark, Mark.register_id == Register.id)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .where(
            Session.id == session_id,
            Mark.person_id == person_id,
            Mark.voided_at.is_(None),
            MarkKind.attended,
        )
        .options(contains_eager(Session.option).contains_eager(Option.event))
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        raise NotFoundError("You are not marked here.")
    session, kind, at = found
    return OwnMark(session, kind, at, _find_next(session))


def _find_next(session: Session) -> Session | None:
    """The date after this one of the same option."""
    query = (
        sa.select(Session)
        .where(Session.option_id == session.option_id, Session.starts_at > session.starts_at)
        .order_by(Session.starts_at, Session.id)
        .limit(1)
    )
    return db.session.scalar(query)
