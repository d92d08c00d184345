"""Reads of registers: a session's, what is on it, and those still open."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, with_expression

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind, User
from cop_site.attendance import merge_queries
from cop_site.attendance.models import Mark, MarkChange, MarkKind, MarkSchool, Register
from cop_site.attendance.sheet_models import HeldSession, Sheet, build_sheet
from cop_site.bookings.models import LIVE, Booking, BookingSchool, BookingState
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event, EventState, Option, Session
from cop_site.events.signals import Attended, RegisterClosed

LONGEST_LIST = 10
AHEAD = timedelta(hours=1)
MISSED = timedelta(days=14)


def get_held_session(session_id: int, visible: sa.ColumnElement[bool]) -> HeldSession:
    """A session with option, event, facilitators and register, in one statement.

    Raises NotFoundError where ``visible`` hides its event.
    """
    query = (
        sa.select(Session, Register, Person.name)
        .join(Session.option)
        .join(Option.event)
        .outerjoin(Register, Register.session_id == Session.id)
        .outerjoin(User, User.id == Register.closed_by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(Session.id == session_id, visible)
        .options(
            contains_eager(Session.option)
            .contains_eager(Option.event)
            .joinedload(Event.facilitators)
        )
        .execution_options(populate_existing=True)
    )
    found = db.session.execute(query).unique().one_or_none()
    if found is None:
        raise NotFoundError("There is no such session.")
    session, register, closed_by = found
    return HeldSession(session, register, closed_by or "")


def list_kinds() -> list[MarkKind]:
    """Every kind of mark, in the order that pages offer them."""
    return list(db.session.scalars(sa.select(MarkKind).order_by(MarkKind.position, MarkKind.key)))


def get_apology_kind() -> MarkKind:
    """The first kind of mark that is an apology."""
    query = sa.select(MarkKind).where(MarkKind.apology).order_by(MarkKind.position, MarkKind.key)
    return db.session.scalars(query.limit(1)).one()


def who_apologised(session_id: int) -> frozenset[int]:
    """The ids of the people whose apology stands on the register of a session."""
    query = (
        sa.select(Mark.person_id)
        .join(Register, Register.id == Mark.register_id)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .where(Register.session_id == session_id, MarkKind.apology, Mark.voided_at.is_(None))
    )
    return frozenset(db.session.scalars(query))


def list_overtaken(session_ids: Collection[int], person_id: int | None) -> list[Mark]:
    """What open registers of these sessions say ahead of them; locked.

    Of one person their apologies. Of everybody all that was marked: the date is another now.
    """
    is_said = (
        MarkKind.recorded
        if person_id is None
        else sa.and_(MarkKind.apology, Mark.person_id == person_id)
    )
    query = (
        sa.select(Mark)
        .join(Register, Register.id == Mark.register_id)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .where(
            Register.session_id.in_(session_ids),
            Register.closed_at.is_(None),
            is_said,
            Mark.voided_at.is_(None),
        )
        .order_by(Mark.id)
        .with_for_update(of=Mark)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def was_taken(session_id: int) -> bool:
    """True where a register was closed once, or says of anybody more than that they can't come."""
    said = sa.exists().where(
        Mark.register_id == Register.id, MarkKind.key == Mark.kind_key, MarkKind.recorded
    )
    query = sa.select(Register.id).where(
        Register.session_id == session_id,
        sa.or_(Register.first_closed_at.is_not(None), said.where(~MarkKind.apology)),
    )
    return db.session.scalar(query) is not None


def get_sheet(held: HeldSession, words: str = "") -> Sheet:
    """Everyone on a session's register, in three statements however many they are."""
    return build_sheet(
        _list_bookings(held),
        list_marks(held.register.id) if held.register else [],
        list_kinds(),
        mode=held.option.mode,
        starts_at=held.session.starts_at,
        words=words,
    )


def _list_bookings(held: HeldSession) -> list[Booking]:
    """Live and late-cancelled bookings, and cancelled ones of people who were marked all the same.

    A person who cancels in good time leaves the list, but a mark already made must stay in sight.
    """
    marked = sa.select(Mark.booking_id).where(
        Mark.register_id == (held.register.id if held.register else None),
        Mark.booking_id.is_not(None),
        Mark.voided_at.is_(None),
    )
    query = (
        sa.select(Booking)
        .join(Booking.person)
        .where(
            Booking.option_id == held.session.option_id,
            sa.or_(Booking.state.in_(LIVE), Booking.cancelled_late, Booking.id.in_(marked)),
        )
        .options(
            contains_eager(Booking.person),
            joinedload(Booking.schools).joinedload(BookingSchool.school),
        )
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query).unique())


def list_marks(register_id: int) -> list[Mark]:
    """The marks that stand, with person, whom they were said to be, schools and last reason."""
    query = (
        sa.select(Mark)
        .where(Mark.register_id == register_id, Mark.voided_at.is_(None))
        .options(
            joinedload(Mark.person).joinedload(Person.merged_into),
            joinedload(Mark.schools).joinedload(MarkSchool.school),
            with_expression(Mark.last_reason, merge_queries.last_reason()),
            with_expression(Mark.door_person_id, merge_queries.as_at_door(Person.id)),
            with_expression(Mark.door_name, merge_queries.as_at_door(Person.name)),
        )
        .order_by(Mark.id)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query).unique())


def find_register(session_id: int) -> Register | None:
    """The register of a session as it is now, None before it is first opened."""
    query = sa.select(Register).where(Register.session_id == session_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def has_closed_register(event_id: int) -> bool:
    """True where the register of one of the event's sessions is closed."""
    closed = (
        sa.select(Register.id)
        .join(Session, Session.id == Register.session_id)
        .join(Option, Option.id == Session.option_id)
        .where(Option.event_id == event_id, Register.closed_at.is_not(None))
    )
    return bool(db.session.scalar(sa.select(closed.exists())))


def get_closing(session: Session, by_user_id: int | None) -> RegisterClosed:
    """What others are told when a session's register closes. Needs the option loaded."""
    event_id = session.option.event_id
    attended, is_last = _list_attended(event_id)
    return RegisterClosed(session.id, event_id, attended, is_last, by_user_id)


def find_closing(event_id: int) -> RegisterClosed | None:
    """What was told when the last register of an event closed, whoever closed it."""
    attended, is_last = _list_attended(event_id)
    if not attended:
        return None
    return RegisterClosed(attended[-1].session_id, event_id, attended, is_last, None)


def has_anybody() -> sa.ColumnElement[bool]:
    """True for a session that somebody booked or was marked on: another has no register to come."""
    is_booked = sa.exists().where(
        Booking.option_id == Session.option_id, Booking.state == BookingState.BOOKED
    )
    is_marked = sa.exists().where(
        Register.session_id == Session.id, Mark.register_id == Register.id, Mark.voided_at.is_(None)
    )
    return sa.or_(is_booked, is_marked)


def _list_attended(event_id: int) -> tuple[tuple[Attended, ...], bool]:
    """Who attended on closed registers, and whether none of the event is open; one statement."""
    sessions = sa.select(Session.id).join(Session.option).where(Option.event_id == event_id)
    closed = sa.select(Register.session_id).where(Register.closed_at.is_not(None))
    awaited = sessions.where(has_anybody(), Session.id.not_in(closed))
    still_open = sa.select(awaited.exists()).scalar_subquery()
    rows = db.session.execute(
        sa.select(Register.session_id, Mark.person_id, MarkSchool, still_open.label("open"))
        .join(Mark, Mark.register_id == Register.id)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .join(MarkSchool, MarkSchool.mark_id == Mark.id)
        .where(
            Register.session_id.in_(sessions),
            Register.closed_at.is_not(None),
            Mark.voided_at.is_(None),
            MarkKind.attended,
        )
        .order_by(Register.session_id, Mark.id, MarkSchool.id)
    ).all()
    schools: dict[tuple[int, int], list[tuple[int, SchoolRoleKind]]] = {}
    for session_id, person_id, row, _open in rows:
        schools.setdefault((session_id, person_id), []).append((row.school_id, row.role))
    attended = tuple(Attended(*who, tuple(named)) for who, named in schools.items())
    return attended, bool(rows) and not rows[0].open


def find_change(tap_id: str) -> tuple[MarkChange, Mark] | None:
    """What a tap changed, None where it has not come through yet."""
    query = sa.select(MarkChange, Mark).join(Mark, Mark.id == MarkChange.mark_id)
    found = db.session.execute(query.where(MarkChange.tap_id == tap_id)).one_or_none()
    return (found[0], found[1]) if found else None


def list_as_added(mark_id: int) -> list[tuple[str, int, SchoolRoleKind]]:
    """The name of whoever a mark is of, with each school and role it counts for."""
    query = (
        sa.select(Person.name, MarkSchool.school_id, MarkSchool.role)
        .join(Mark, Mark.person_id == Person.id)
        .join(MarkSchool, MarkSchool.mark_id == Mark.id)
        .where(Mark.id == mark_id)
        .order_by(MarkSchool.id)
    )
    return [(name, school_id, role) for name, school_id, role in db.session.execute(query)]


def find_last_change(mark_id: int) -> tuple[int | None, str, datetime] | None:
    """Who changed a mark last (user id and name) and when."""
    query = (
        sa.select(MarkChange.by_user_id, Person.name, MarkChange.at)
        .outerjoin(User, User.id == MarkChange.by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(MarkChange.mark_id == mark_id)
        .order_by(MarkChange.id.desc())
        .limit(1)
    )
    found = db.session.execute(query).one_or_none()
    return (found[0], found[1] or "", found[2]) if found else None


def find_booking_to_mark(option_id: int, person_id: int) -> Booking | None:
    """The booking that puts a person on the register: a live one, else the last late-cancelled."""
    query = (
        sa.select(Booking)
        .where(
            Booking.option_id == option_id,
            Booking.person_id == person_id,
            sa.or_(Booking.state.in_(LIVE), Booking.cancelled_late),
        )
        .options(joinedload(Booking.schools))
        .execution_options(populate_existing=True)
    )
    bookings = db.session.scalars(query).unique().all()
    return max(bookings, key=lambda row: (row.is_live, row.id), default=None)


def find_walk_in(register_id: int, person_id: int) -> Mark | None:
    """The newest mark of somebody added at the door, voided or not, locked."""
    query = (
        sa.select(Mark)
        .where(Mark.register_id == register_id, Mark.person_id == person_id, Mark.is_walk_in)
        .order_by(Mark.id.desc())
        .limit(1)
    )
    return db.session.scalar(query.with_for_update().execution_options(populate_existing=True))


def list_held(session: Session) -> list[Booking]:
    """Every booking that held a place when the session began, with its schools."""
    given_up_since = Booking.cancelled_at > session.starts_at
    query = (
        sa.select(Booking)
        .where(
            Booking.option_id == session.option_id,
            sa.or_(Booking.state == BookingState.BOOKED, given_up_since),
        )
        .options(joinedload(Booking.schools))
        .order_by(Booking.id)
        .execution_options(populate_existing=True)
    )
    found = db.session.scalars(query).unique()
    return [booking for booking in found if booking.held_place_at(session.starts_at)]


def list_names_at_school(option_id: int, register_id: int, school_id: int) -> list[str]:
    """The names on a register for one school: booked, waiting, or marked."""
    booked = (
        sa.select(Person.name)
        .join(Booking, Booking.person_id == Person.id)
        .join(BookingSchool, BookingSchool.booking_id == Booking.id)
        .where(
            Booking.option_id == option_id,
            Booking.state.in_(LIVE),
            BookingSchool.school_id == school_id,
        )
    )
    marked = (
        sa.select(Person.name)
        .join(Mark, Mark.person_id == Person.id)
        .join(MarkSchool, MarkSchool.mark_id == Mark.id)
        .where(
            Mark.register_id == register_id,
            Mark.voided_at.is_(None),
            MarkSchool.school_id == school_id,
        )
    )
    return list(db.session.scalars(sa.union(booked, marked)))


@dataclass(frozen=True)
class OpenRegister:
    """A session whose register waits to be taken or closed."""

    session_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    is_opened: bool

    @property
    def is_today(self) -> bool:
        return clock.london_date(self.starts_at) == clock.today()

    @property
    def has_started(self) -> bool:
        return self.starts_at <= clock.now()

    @property
    def has_ended(self) -> bool:
        return self.ends_at <= clock.now()


def list_open_registers(takes: sa.ColumnElement[bool]) -> list[OpenRegister]:
    """Of published events that ``takes`` allows, not closed; 10 at most.

    Today's first, from an hour before; then those of the last 14 days that nobody opened, so that
    none of them is lost behind old ones; then all others. The oldest first in each.
    """
    today = clock.from_london(clock.today(), time.min)
    tomorrow = clock.move_days(today, clock.ONE_DAY)
    is_missed = sa.and_(Register.id.is_(None), Session.starts_at >= today - MISSED)
    rank = sa.case((Session.starts_at >= today, 0), (is_missed, 1), else_=2)
    query = (
        sa.select(Session.id, Event.title, Session.starts_at, Session.ends_at, Register.id)
        .join(Session.option)
        .join(Option.event)
        .outerjoin(Register, Register.session_id == Session.id)
        .where(
            Session.starts_at <= clock.now() + AHEAD,
            Session.starts_at < tomorrow,
            Event.state == EventState.PUBLISHED,
            Register.closed_at.is_(None),
            takes,
        )
        .order_by(rank, Session.starts_at, Session.id)
        .limit(LONGEST_LIST)
    )
    rows = db.session.execute(query).all()
    return [OpenRegister(*row[:4], is_opened=row[4] is not None) for row in rows]
