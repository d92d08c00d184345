"""Reads of who came to an event, who missed it and who waits for a place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.attendance.models import Mark, MarkSchool, Register
from cop_site.bookings.models import LIVE, Booking, BookingSchool, BookingState
from cop_site.db import db
from cop_site.events.models import Event, Mode, Option, Session
from cop_site.follow_up.turnout_models import NO_CLUSTER, AtSchool, Outcome, Turnout
from cop_site.schools import cluster_queries

WAITS = (BookingState.WAITING, BookingState.OFFERED)


@dataclass
class _Found:
    """What there is of one person before it is folded into a Turnout.

    ``is_awaited``: a register that is open has them, of whichever time of the event.
    """

    person: Person
    booking: Booking | None = None
    is_awaited: bool = False
    marks: list[Mark] = field(default_factory=list)

    @property
    def has_come(self) -> bool:
        return any(mark.kind.attended for mark in self.marks)


def list_turnout(event: Event) -> list[Turnout]:
    """Everybody who booked, waits or was marked, by school and then name.

    Who cancelled in good time is left out, also of whom a register has the apology: as in M7 they
    had no place at the start. A walk-in who was said to be somebody is that person. As many
    statements however many people there are.
    """
    marks = _list_marks(event.id)
    found: dict[int, _Found] = {}
    for booking in _list_bookings(event.id):
        found[booking.person_id] = _Found(booking.person, booking)
    for mark in marks:
        person = mark.person.merged_into or mark.person
        found.setdefault(person.id, _Found(person)).marks.append(mark)
    open_options = _list_open_options(event.id)
    for person_id in _list_awaited(event.id) & found.keys():
        found[person_id].is_awaited = True
    rows = [_fold(one, open_options) for one in found.values() if one.booking or one.has_come]
    return sorted(_place(rows, event), key=lambda row: row.order)


def _list_bookings(event_id: int) -> Iterable[Booking]:
    """Live and late-cancelled ones, somebody's newest live one last."""
    query = (
        sa.select(Booking)
        .join(Booking.person)
        .where(
            Booking.event_id == event_id,
            sa.or_(Booking.state.in_(LIVE), Booking.cancelled_late),
        )
        .options(
            contains_eager(Booking.person),
            selectinload(Booking.schools).joinedload(BookingSchool.school),
        )
    )
    return sorted(db.session.scalars(query), key=lambda one: (one.is_live, one.id))


def _list_marks(event_id: int) -> Sequence[Mark]:
    """The marks that stand on closed registers of the event."""
    query = (
        sa.select(Mark)
        .join(Mark.register)
        .join(Session, Session.id == Register.session_id)
        .join(Option, Option.id == Session.option_id)
        .where(
            Option.event_id == event_id,
            Register.closed_at.is_not(None),
            Mark.voided_at.is_(None),
        )
        .options(
            joinedload(Mark.kind),
            joinedload(Mark.person).joinedload(Person.merged_into),
            selectinload(Mark.schools).joinedload(MarkSchool.school),
        )
        .order_by(Session.starts_at, Mark.id)
    )
    return db.session.scalars(query).all()


def _list_open_options(event_id: int) -> set[int]:
    """The options with a date whose register is not closed."""
    query = (
        sa.select(Session.option_id)
        .join(Option, Option.id == Session.option_id)
        .outerjoin(Register, Register.session_id == Session.id)
        .where(Option.event_id == event_id, Register.closed_at.is_(None))
    )
    return set(db.session.scalars(query))


def _list_awaited(event_id: int) -> set[int]:
    """Ids of the people with a mark on a register of the event that is open."""
    query = (
        sa.select(sa.func.coalesce(Person.merged_into_id, Person.id))
        .join(Mark, Mark.person_id == Person.id)
        .join(Register, Register.id == Mark.register_id)
        .join(Session, Session.id == Register.session_id)
        .join(Option, Option.id == Session.option_id)
        .where(
            Option.event_id == event_id,
            Register.closed_at.is_(None),
            Mark.voided_at.is_(None),
        )
    )
    return set(db.session.scalars(query))


def _fold(found: _Found, open_options: Collection[int]) -> Turnout:
    came = [mark for mark in found.marks if mark.kind.attended]
    recorded = [mark for mark in found.marks if mark.kind.recorded]
    booking = found.booking
    outcome = _outcome(found, open_options)
    return Turnout(
        person_id=found.person.id,
        name=found.person.name,
        email=found.person.email or "",
        schools=_name_schools(came or found.marks, booking),
        outcome=outcome,
        detail=_say(outcome, came or recorded, booking),
        had_place=booking is not None and booking.state not in WAITS,
    )


def _name_schools(marks: Sequence[Mark], booking: Booking | None) -> tuple[AtSchool, ...]:
    """Those of the last mark, which count; else of the booking."""
    rows: list[MarkSchool | BookingSchool] = []
    if marks:
        rows.extend(marks[-1].schools)
    elif booking is not None:
        rows.extend(booking.schools)
    named = [AtSchool(row.school_id, row.school.name, row.role.label) for row in rows]
    return tuple(sorted(named, key=lambda one: one.name.casefold()))


def _outcome(found: _Found, open_options: Collection[int]) -> Outcome:
    """Nobody has missed what they had no place at."""
    booking = found.booking
    if found.has_come or booking is None:
        return Outcome.CAME
    if booking.state in WAITS:
        return Outcome.WAITING
    if found.is_awaited or booking.option_id in open_options:
        return Outcome.PENDING
    gave_up = booking.state is BookingState.CANCELLED
    if gave_up or any(mark.kind.recorded for mark in found.marks):
        return Outcome.MISSED
    return Outcome.NOT_RECORDED


def _say(outcome: Outcome, marks: Sequence[Mark], booking: Booking | None) -> str:
    """In words: the kinds of mark that bear on it, each once; else how they were to come."""
    if outcome in (Outcome.CAME, Outcome.MISSED) and marks:
        names = list(dict.fromkeys(mark.kind.name for mark in marks))
        return ", ".join(names) + (", added at the door" if marks[-1].is_walk_in else "")
    if booking is None:
        return ""
    if booking.state is BookingState.CANCELLED:
        return "Cancelled late"
    return "Online" if booking.mode is Mode.ONLINE else "In person"


def _place(rows: Iterable[Turnout], event: Event) -> list[Turnout]:
    """With the cluster that each school was in on the event's first day."""
    rows = list(rows)
    ids = {one.school_id for row in rows for one in row.schools}
    of_school = cluster_queries.clusters_of(ids, clock.london_date(event.starts_at))
    return [
        replace(
            row,
            schools=tuple(
                replace(one, cluster=_first([c.name for c in of_school[one.school_id]]))
                for one in row.schools
            ),
        )
        for row in rows
    ]


def _first(names: list[str]) -> str:
    return names[0] if names else NO_CLUSTER
