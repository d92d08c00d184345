"""Reads of what is due at events: reminders, and places that wait to be offered."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, aliased

from cop_site import clock
from cop_site.bookings.answer_queries import can_be_taken
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.offer_times import FIRST_COME
from cop_site.bookings.place_queries import has_lapsed, is_over_limit, uses_place
from cop_site.db import db
from cop_site.events.models import Event, EventState, Mode, Option, Session


def list_to_remind(
    before: timedelta, done_for: InstrumentedAttribute[datetime | None]
) -> list[tuple[int, int]]:
    """Events and sessions that begin within ``before`` and whose ``done_for`` is another start.

    The nearest first. One statement.
    """
    now = clock.now()
    query = (
        sa.select(Option.event_id, Session.id)
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
        .where(
            Event.state == EventState.PUBLISHED,
            Session.starts_at > now,
            Session.starts_at <= now + before,
            done_for.is_distinct_from(Session.starts_at),
        )
        .order_by(Session.starts_at, Session.id)
    )
    return [(event_id, session_id) for event_id, session_id in db.session.execute(query)]


def list_unsettled() -> list[int]:
    """Events ahead with an offer that ran out, or a free place that somebody waits for.

    The nearest first, one statement.
    """
    query = (
        sa.select(Event.id)
        .where(
            Event.state == EventState.PUBLISHED,
            Event.ends_at > clock.now(),
            Event.id.in_(_lapsed().union(_free_and_waited_for())),
        )
        .order_by(Event.starts_at, Event.id)
    )
    return list(db.session.scalars(query))


def _lapsed() -> sa.Select[int]:
    return sa.select(Booking.event_id).where(has_lapsed(clock.now()))


def _free_and_waited_for() -> sa.Select[int]:
    """What a rule still keeps from whoever waits is not free: the site looks again after it."""
    now, other, starts_at = clock.now(), aliased(Booking), _first_start()
    counted = sa.select(sa.func.count()).where(
        other.option_id == Booking.option_id,
        other.mode == Booking.mode,
        uses_place(now, other),
    )
    used = counted.correlate(Booking).scalar_subquery()
    used_by_new = counted.where(other.for_new_school).correlate(Booking).scalar_subquery()
    is_online = Booking.mode == Mode.ONLINE
    capacity = sa.case((is_online, Option.online_capacity), else_=Option.room_capacity)
    # In the last day no rule holds any more, and once it has begun nothing is given.
    is_soon = starts_at <= now + FIRST_COME
    is_anybodys = sa.or_(
        *(Event.held_until.is_(None), Event.held_until <= now, is_soon, Booking.for_new_school),
        capacity - used > Event.held_places - used_by_new,
    )
    has_free = sa.or_(capacity.is_(None), sa.and_(used < capacity, is_anybodys))
    may_have = sa.and_(sa.or_(is_soon, sa.not_(is_over_limit(now))), can_be_taken(clock.today()))
    return (
        sa.select(Booking.event_id)
        .join(Option, Option.id == Booking.option_id)
        .join(Event, Event.id == Booking.event_id)
        .where(Booking.state == BookingState.WAITING, starts_at > now, has_free, may_have)
    )


def _first_start() -> sa.ScalarSelect[datetime]:
    """When the option around begins: of several times each has a last day of its own."""
    first = sa.select(sa.func.min(Session.starts_at)).where(Session.option_id == Option.id)
    return first.correlate(Option).scalar_subquery()
