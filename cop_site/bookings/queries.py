"""Reads of bookings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload, selectinload

from cop_site import clock
from cop_site.accounts.models import SchoolRole
from cop_site.bookings.answer_queries import can_be_taken
from cop_site.bookings.models import LIVE, Booking, BookingSchool, BookingState
from cop_site.bookings.need_models import BookingNeeds, RememberedNeeds
from cop_site.bookings.place_queries import NOW, has_lapsed, uses_place
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event, EventState, Mode, Option, Session
from cop_site.schools.cluster_queries import DAY, lasts_until

LAST_DAY: Any = sa.bindparam("last_day", type_=sa.Date())


@dataclass(frozen=True)
class Standing:
    """How an option stands in one mode, and what the person already has at the event.

    ``is_waited_for``: somebody waits who could take a place.
    ``lapsed`` counts offers of the whole event that ran out and still stand as offers.
    ``came_back``: they gave up a booking for the event before. ``leaves``: they had a role at one
    of the schools, and have none there on the option's last day. ``remembered_id``: what they need,
    where the site remembers it.
    """

    used: int
    is_waited_for: bool
    own_booking_id: int | None
    lapsed: int
    came_back: bool
    leaves: bool
    remembered_id: int | None


@dataclass(frozen=True)
class OwnBooking:
    """A person's live booking at an event. ``position`` is 1 at the head of the waiting list.

    ``has_needs``: they said what they need there.
    """

    booking: Booking
    position: int
    has_needs: bool = False


def find_own_booking(event_id: int, person_id: int) -> OwnBooking | None:
    """The person's live booking with its schools, in one statement; None where there is none."""
    asked = {"event_id": event_id, "person_id": person_id}
    found = db.session.execute(_own(), asked).unique().one_or_none()
    return OwnBooking(*found) if found else None


@cache
def _own() -> sa.Executable:
    return (
        sa.select(Booking, _position())
        .where(
            Booking.event_id == sa.bindparam("event_id"),
            Booking.person_id == sa.bindparam("person_id"),
            Booking.state.in_(LIVE),
        )
        .options(
            joinedload(Booking.person),
            joinedload(Booking.schools).joinedload(BookingSchool.school),
        )
        .execution_options(populate_existing=True)
    )


def find_part(event_id: int, person_id: int) -> tuple[OwnBooking | None, str]:
    """The person's live booking, and the title of what else they have a place at meanwhile.

    One statement for both; "" where nothing clashes.
    """
    asked = {"event_id": event_id, "person_id": person_id}
    row = db.session.execute(_part(), asked).unique().one_or_none()
    if row is None:
        return None, ""
    booking, position, has_needs, clash = row
    return (OwnBooking(booking, position, has_needs) if booking else None), clash or ""


@cache
def _part() -> sa.Executable:
    own = sa.and_(
        Booking.event_id == Event.id,
        Booking.person_id == sa.bindparam("person_id"),
        Booking.state.in_(LIVE),
    )
    has_needs = sa.exists().where(BookingNeeds.booking_id == Booking.id)
    return (
        sa.select(Booking, _position(), has_needs, _clash())
        .select_from(Event)
        .outerjoin(Booking, own)
        .where(Event.id == sa.bindparam("event_id"))
        .options(joinedload(Booking.schools).joinedload(BookingSchool.school))
        .execution_options(populate_existing=True)
    )


def _clash() -> sa.ScalarSelect[str]:
    """The title of another event where the person has a place at the time of the one around."""
    other, elsewhere, there = aliased(Booking), aliased(Event), aliased(Session)
    option, here = aliased(Option), aliased(Session)
    overlaps = sa.and_(here.starts_at < there.ends_at, there.starts_at < here.ends_at)
    found = (
        sa.select(elsewhere.title)
        .join(other, other.event_id == elsewhere.id)
        .join(there, there.option_id == other.option_id)
        .join(here, overlaps)
        .join(option, option.id == here.option_id)
        .where(
            option.event_id == Event.id,
            elsewhere.id != Event.id,
            elsewhere.state == EventState.PUBLISHED,
            other.person_id == sa.bindparam("person_id"),
            other.state == BookingState.BOOKED,
        )
    )
    # By the booking: ordered by the event's time, SQLite would walk every event there is.
    first = found.order_by(other.id).limit(1)
    return first.correlate(Event).scalar_subquery()


def get_booking(booking_id: int) -> Booking:
    """The booking with person and schools as they are now, or NotFoundError."""
    found: Booking | None = (
        db.session.scalars(
            sa.select(Booking)
            .where(Booking.id == booking_id)
            .options(joinedload(Booking.person), joinedload(Booking.schools))
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )
    if found is None:
        raise NotFoundError("There is no such booking.")
    return found


def find_newest_booking(event_id: int, person_id: int) -> Booking | None:
    """The person's last booking at an event, cancelled or not."""
    own = sa.select(Booking).where(Booking.event_id == event_id, Booking.person_id == person_id)
    return db.session.scalar(own.order_by(Booking.id.desc()).limit(1))


def _position() -> sa.ScalarSelect[int]:
    """The place in the waiting list of the booking that is selected around this."""
    ahead = aliased(Booking)
    counted = sa.select(sa.func.count()).where(
        ahead.option_id == Booking.option_id,
        ahead.mode == Booking.mode,
        ahead.state == BookingState.WAITING,
        sa.tuple_(ahead.queued_at, ahead.id) <= sa.tuple_(Booking.queued_at, Booking.id),
    )
    return counted.correlate(Booking).scalar_subquery()


def find_standing(
    option: Option, mode: Mode, person_id: int | None, school_ids: Iterable[int] = ()
) -> Standing:
    """Places used, whether anybody waits and, if asked, how the person stands: one statement."""
    asked = {
        "event_id": option.event_id,
        "option_id": option.id,
        "mode": mode,
        "person_id": person_id,
        "school_ids": list(school_ids),
        "last_day": clock.london_date(option.ends_at),
        "now": clock.now(),
        "day": clock.today(),
    }
    row = db.session.execute(_standing(), asked).one()
    return Standing(*row)


@cache
def _standing() -> sa.Executable:
    in_option = sa.and_(
        Booking.option_id == sa.bindparam("option_id"), Booking.mode == sa.bindparam("mode")
    )
    theirs = Booking.person_id == sa.bindparam("person_id")
    remembered = sa.select(RememberedNeeds.id).where(
        RememberedNeeds.person_id == sa.bindparam("person_id")
    )
    waits = sa.exists().where(in_option, Booking.state == BookingState.WAITING, can_be_taken(DAY))
    return sa.select(
        sa.func.count().filter(in_option, uses_place(NOW)),
        waits.correlate(None),
        sa.func.max(Booking.id).filter(theirs, Booking.state.in_(LIVE)),
        sa.func.count().filter(has_lapsed(NOW)),
        sa.func.count().filter(theirs) > 0,
        _count_schools() > _count_schools(lasts_until(SchoolRole, LAST_DAY)),
        remembered.scalar_subquery(),
    ).where(Booking.event_id == sa.bindparam("event_id"))


def _count_schools(*conditions: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    """At how many of the schools asked about the person has, or had, a role."""
    counted = sa.select(sa.func.count(sa.distinct(SchoolRole.school_id))).where(
        SchoolRole.person_id == sa.bindparam("person_id"),
        SchoolRole.school_id.in_(sa.bindparam("school_ids", expanding=True)),
        *conditions,
    )
    return counted.scalar_subquery()


def count_given_since(option: Option, mode: Mode, since: datetime) -> int:
    """How many places of an option were given to somebody since a moment."""
    counted = sa.select(sa.func.count()).where(
        Booking.option_id == option.id, Booking.mode == mode, Booking.place_given_at >= since
    )
    return db.session.scalar(counted) or 0


def list_to_offer(option: Option, mode: Mode, limit: int | None) -> list[Booking]:
    """Of the waiting list, in order, those who could take a place; None for all.

    Whoever has left, and for whom nobody answers, is passed over and keeps their turn.
    """
    return _list_waiting(option, mode, limit, can_be_taken(clock.today()))


def find_head(option: Option, mode: Mode) -> Booking:
    """Who came first of those who wait. Raises IndexError where nobody does."""
    return _list_waiting(option, mode, 1)[0]


def _list_waiting(
    option: Option, mode: Mode, limit: int | None, *conditions: sa.ColumnElement[bool]
) -> list[Booking]:
    """First come first, with the people loaded."""
    return list(
        db.session.scalars(
            sa.select(Booking)
            .where(
                Booking.option_id == option.id,
                Booking.mode == mode,
                Booking.state == BookingState.WAITING,
                *conditions,
            )
            .order_by(Booking.queued_at, Booking.id)
            .limit(limit)
            .options(joinedload(Booking.person))
            .execution_options(populate_existing=True)
        )
    )


def list_offered(event_id: int) -> list[Booking]:
    """Offers of an event, those that ran out too, the first to run out first; people loaded."""
    return list(
        db.session.scalars(
            sa.select(Booking)
            .where(Booking.event_id == event_id, Booking.state == BookingState.OFFERED)
            .order_by(Booking.offer_expires_at, Booking.id)
            .options(joinedload(Booking.person))
            .execution_options(populate_existing=True)
        )
    )


def list_live_bookings(event_id: int) -> list[Booking]:
    """Everyone with a place, an offer or a place in the queue, people loaded."""
    return list(
        db.session.scalars(
            sa.select(Booking)
            .where(Booking.event_id == event_id, Booking.state.in_(LIVE))
            .options(joinedload(Booking.person))
            .order_by(Booking.id)
            .execution_options(populate_existing=True)
        )
    )


def list_live_with_schools(event_id: int) -> list[Booking]:
    """As ``list_live_bookings``, with schools instead of people; two statements."""
    live = sa.select(Booking).where(Booking.event_id == event_id, Booking.state.in_(LIVE))
    return list(db.session.scalars(live.options(selectinload(Booking.schools))))


def list_own_bookings(person_id: int, *, upcoming: bool, limit: int = 100) -> list[Booking]:
    """A person's bookings with event, option, dates and schools; the nearest first.

    ``upcoming`` gives live bookings of events that are on and have not ended; else the rest,
    without those that another followed.
    """
    now = clock.now()
    ahead = sa.and_(
        Booking.state.in_(LIVE), Event.state == EventState.PUBLISHED, Event.ends_at >= now
    )
    order = (Event.starts_at, Booking.id) if upcoming else (Event.starts_at.desc(), Booking.id)
    return list(
        db.session.scalars(
            sa.select(Booking)
            .join(Booking.event)
            .where(
                Booking.person_id == person_id,
                ahead if upcoming else sa.and_(~ahead, ~was_followed()),
            )
            .options(
                joinedload(Booking.event),
                joinedload(Booking.option).selectinload(Option.sessions),
                selectinload(Booking.schools).joinedload(BookingSchool.school),
            )
            .order_by(*order)
            .limit(limit)
        )
    )


def was_followed() -> sa.ColumnElement[bool]:
    """True for a booking after which the person booked the same event again, or another way."""
    later = aliased(Booking)
    return sa.exists().where(
        later.event_id == Booking.event_id,
        later.person_id == Booking.person_id,
        later.id > Booking.id,
    )


def list_next_events(person_id: int, limit: int = 3) -> list[Booking]:
    """A person's next booked or awaited events, for home; event, option and dates loaded."""
    asked = {"person_id": person_id, "now": clock.now(), "size": limit}
    return list(db.session.scalars(_next_events(), asked).unique())


@cache
def _next_events() -> sa.Select[Booking]:
    return (
        sa.select(Booking)
        .join(Booking.event)
        .where(
            Booking.person_id == sa.bindparam("person_id"),
            Booking.state.in_(LIVE),
            Event.state == EventState.PUBLISHED,
            Event.ends_at >= NOW,
        )
        .options(
            joinedload(Booking.event),
            joinedload(Booking.option).joinedload(Option.sessions),
        )
        .order_by(Event.starts_at, Booking.id)
        .limit(sa.bindparam("size", type_=sa.Integer()))
    )


def was_ever_booked(option_id: int) -> bool:
    """True where anybody has a booking there, or had one."""
    query = sa.select(sa.exists().where(Booking.option_id == option_id))
    return bool(db.session.scalar(query))


def count_booked(event_id: int, option_id: int | None = None) -> int:
    """How many people have a live booking, of an option or at all, and so would be told."""
    query = sa.select(sa.func.count()).where(Booking.event_id == event_id, Booking.state.in_(LIVE))
    if option_id is not None:
        query = query.where(Booking.option_id == option_id)
    return db.session.scalar(query) or 0
