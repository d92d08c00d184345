"""How many places an event has left, and for whom."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from cop_site import clock
from cop_site.bookings import place_rules
from cop_site.bookings.answer_queries import can_be_taken
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.bookings.offer_times import is_first_come
from cop_site.bookings.place_rules import Claim, Queue
from cop_site.db import UtcDateTime, db
from cop_site.events.models import Event, Mode, Option
from cop_site.schools.cluster_queries import DAY


@dataclass(frozen=True)
class Places:
    """Places of an option in one mode. ``capacity`` None has no limit.

    ``is_first_come``: nothing is kept for those who wait any more. ``kept`` of the free ones are
    for new schools only; ``stopped`` of those who wait do so for a rule to end, or have left.
    ``at_limit`` are the schools that have as many places as they may. ``at_school`` counts the
    places of a school in the whole event, where there is a ``school_limit``.
    """

    mode: Mode
    capacity: int | None
    used: int
    waiting: int
    is_first_come: bool = False
    kept: int = 0
    stopped: int = 0
    at_limit: frozenset[int] = frozenset()
    school_limit: int | None = None
    at_school: Mapping[int, int] = field(default_factory=dict, hash=False)

    @property
    def left(self) -> int | None:
        """Places anybody can have now, never below nought; None where there is no limit.

        While somebody waits a free place is theirs, so that there is none for anybody else.
        """
        if self.waiting > self.stopped and not self.is_first_come:
            return 0
        return None if self.capacity is None else max(0, self.capacity - self.used - self.kept)

    @property
    def is_kept(self) -> bool:
        """True where a place is free that will be offered to who waits."""
        has_free = self.capacity is None or self.used < self.capacity
        return has_free and self.waiting > self.stopped and not self.is_first_come

    @property
    def is_held(self) -> bool:
        """True where places are free, all of them for new schools only."""
        return (
            self.kept > 0 and self.capacity is not None and self.capacity - self.used <= self.kept
        )

    @property
    def free(self) -> int | None:
        """Places that nobody uses, kept ones too; None where there is no limit."""
        return None if self.capacity is None else max(0, self.capacity - self.used)

    @property
    def is_full(self) -> bool:
        return self.left == 0


# The statements behind the list and an event's page are built once and filled in: building one
# takes longer than the database needs to answer it.
NOW: Any = sa.bindparam("now", type_=UtcDateTime())


def uses_place(now: datetime, booking: type[Booking] = Booking) -> sa.ColumnElement[bool]:
    """True for a booking that uses a place: booked, or offered and the offer still runs."""
    offered = sa.and_(booking.state == BookingState.OFFERED, booking.offer_expires_at > now)
    return sa.or_(booking.state == BookingState.BOOKED, offered)


def has_lapsed(now: datetime) -> sa.ColumnElement[bool]:
    """True for an offer that ran out and that nobody has dealt with yet."""
    return sa.and_(Booking.state == BookingState.OFFERED, Booking.offer_expires_at <= now)


def count_places(event: Event) -> dict[int, list[Places]]:
    """Places of each option by its id, one entry a mode. Needs options and dates; one statement."""
    if any(place_rules.has_rules(event, option) for option in event.options):
        return read_queues(event, find_queues(event))
    asked = {"event_id": event.id, "now": clock.now(), "day": clock.today()}
    rows = db.session.execute(_counted(), asked)
    counted = {(row.option_id, row.mode): row for row in rows}
    return {
        option.id: [_places(option, mode, counted.get((option.id, mode))) for mode in option.modes]
        for option in event.options
    }


def _places(option: Option, mode: Mode, row: Any) -> Places:
    used, waiting, stopped = (row.used, row.waiting, row.stopped) if row else (0, 0, 0)
    first_come = is_first_come(option.starts_at)
    return Places(mode, option.capacity(mode), used, waiting, first_come, stopped=stopped)


def read_queues(event: Event, queues: dict[tuple[int, str], Queue]) -> dict[int, list[Places]]:
    """As ``count_places``, of those who have a place and those who wait."""
    counted = {}
    for option in event.options:
        first_come = is_first_come(option.starts_at)
        own = [(mode, queues[option.id, mode]) for mode in option.modes]
        counted[option.id] = [
            Places(
                *(mode, queue.room.capacity, queue.room.used, len(queue.waiting), first_come),
                kept=queue.room.kept,
                stopped=queue.stopped,
                at_limit=queue.room.at_limit,
                school_limit=queue.room.school_limit,
                at_school=queue.room.at_school,
            )
            for mode, queue in own
        ]
    return counted


def find_queues(event: Event) -> dict[tuple[int, str], Queue]:
    """By option and mode who has a place and who waits in order, with their schools.

    One statement, for events with rules. Needs options and dates.
    """
    return place_rules.make_queues(event, _list_claims([event.id]).get(event.id, ()))


def count_where_ruled(bookings: Iterable[Booking]) -> dict[int, dict[int, list[Places]]]:
    """As ``count_places`` by event, of those with rules where one of these bookings waits.

    Two statements for all of them, none where there is nothing to say. Needs the events.
    """
    now = clock.now()
    ids = {
        one.event_id
        for one in bookings
        for until in (one.event.school_limit_until, one.event.held_until)
        if one.state is BookingState.WAITING and until is not None and until > now
    }
    if not ids:
        return {}
    events = db.session.scalars(
        sa.select(Event)
        .where(Event.id.in_(ids))
        .options(joinedload(Event.options).joinedload(Option.sessions))
    ).unique()
    claims = _list_claims(ids)
    return {
        event.id: read_queues(event, place_rules.make_queues(event, claims.get(event.id, ())))
        for event in events
    }


def _list_claims(event_ids: Collection[int]) -> dict[int, list[tuple[int, int, str, bool, Claim]]]:
    """What ``make_queues`` takes, by event; those who wait in order."""
    asked = {"event_ids": list(event_ids), "now": clock.now(), "day": clock.today()}
    grouped: dict[int, list[Any]] = {}
    for row in db.session.execute(_claims(), asked):
        grouped.setdefault(row.id, []).append(row)
    found: dict[int, list[tuple[int, int, str, bool, Claim]]] = {}
    for own in grouped.values():
        first = own[0]
        school_ids = frozenset(row.school_id for row in own)
        claim = Claim(school_ids, first.for_new_school, first.has_left)
        found.setdefault(first.event_id, []).append(
            (first.id, first.option_id, first.mode, first.waits, claim)
        )
    return found


@cache
def _claims() -> sa.Executable:
    waits = Booking.state == BookingState.WAITING
    has_left = sa.and_(waits, ~can_be_taken(DAY))
    return (
        sa.select(
            *(Booking.id, Booking.event_id, Booking.option_id, Booking.mode),
            *(Booking.for_new_school, waits.label("waits"), has_left.label("has_left")),
            BookingSchool.school_id,
        )
        .outerjoin(BookingSchool, BookingSchool.booking_id == Booking.id)
        .where(
            Booking.event_id.in_(sa.bindparam("event_ids", expanding=True)),
            sa.or_(uses_place(NOW), waits),
        )
        .order_by(Booking.queued_at, Booking.id)
    )


def is_over_limit(now: datetime, event: type[Event] = Event) -> sa.ColumnElement[bool]:
    """True for a booking that no place may be given to now: a school of it has as many as it may.

    Needs ``event`` beside the booking.
    """
    other, named, own = aliased(Booking), aliased(BookingSchool), aliased(BookingSchool)
    at_school = (
        sa.select(sa.func.count())
        .select_from(other)
        .join(named, named.booking_id == other.id)
        .where(
            other.event_id == Booking.event_id,
            named.school_id == own.school_id,
            uses_place(now, other),
        )
        .correlate(Booking, own)
        .scalar_subquery()
    )
    full = sa.select(own.id).where(own.booking_id == Booking.id, at_school >= event.school_limit)
    return sa.and_(event.school_limit_until > now, full.correlate(Booking, event).exists())


@cache
def _counted() -> sa.Executable:
    waits = Booking.state == BookingState.WAITING
    return (
        sa.select(
            Booking.option_id,
            Booking.mode,
            sa.func.count().filter(uses_place(NOW)).label("used"),
            sa.func.count().filter(waits).label("waiting"),
            sa.func.count().filter(waits, ~can_be_taken(DAY)).label("stopped"),
        )
        .where(Booking.event_id == sa.bindparam("event_id"))
        .group_by(Booking.option_id, Booking.mode)
    )
