"""What a school, or somebody who works there, still has ahead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.bookings.models import LIVE, Booking, BookingSchool, BookingState
from cop_site.bookings.place_queries import NOW
from cop_site.db import db
from cop_site.events import tag_queries
from cop_site.events.models import Event, EventKind, EventState, Mode, Option, Session
from cop_site.people.new_in_role_queries import year_before
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on


def is_ahead() -> tuple[sa.ColumnElement[bool], ...]:
    """True for a live booking of an event that is on and not over."""
    return (
        Booking.state.in_(LIVE),
        Event.state == EventState.PUBLISHED,
        Event.ends_at > clock.now(),
    )


def count_bookings_ahead(school_ids: Collection[int]) -> dict[int, int]:
    """Bookings (waiting ones too) for published events not yet over, by school; none, no entry."""
    counted = db.session.execute(
        sa.select(BookingSchool.school_id, sa.func.count(Booking.id.distinct()))
        .join(Booking, Booking.id == BookingSchool.booking_id)
        .join(Event, Event.id == Booking.event_id)
        .where(
            BookingSchool.school_id.in_(school_ids),
            *is_ahead(),
        )
        .group_by(BookingSchool.school_id)
    )
    return {school_id: count for school_id, count in counted}


@dataclass(frozen=True)
class BookingAhead:
    """Somebody of a school who holds a booking for an event that is not over."""

    event_id: int
    title: str
    starts_at: datetime
    person: str


def list_bookings_ahead(school_ids: Collection[int]) -> dict[int, list[BookingAhead]]:
    """As ``count_bookings_ahead``, one by one: the nearest event first, then by name."""
    rows = db.session.execute(
        sa.select(BookingSchool.school_id, Event.id, Event.title, Event.starts_at, Person.name)
        .join(Booking, Booking.id == BookingSchool.booking_id)
        .join(Event, Event.id == Booking.event_id)
        .join(Person, Person.id == Booking.person_id)
        .where(
            BookingSchool.school_id.in_(school_ids),
            *is_ahead(),
        )
        .order_by(Event.starts_at, Event.id, Person.name, Booking.id)
    )
    found: dict[int, list[BookingAhead]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(BookingAhead(*row[1:]))
    return found


def list_next_unbooked(person_id: int, school_ids: Collection[int]) -> list[Event]:
    """What is next for somebody: the SENCO network, each cluster's meeting.

    Neither what they booked, or gave up, nor what has an audience that they are not of. One
    statement; options and dates loaded. The clusters are those of the schools today.
    """
    asked = {
        "person_id": person_id,
        "school_ids": list(school_ids),
        "day": clock.today(),
        "since": year_before(clock.today()),
        "now": clock.now(),
    }
    return list(db.session.scalars(_next_unbooked(), asked).unique())


# Built once, for home: building it takes three times as long as asking it.
@cache
def _next_unbooked() -> sa.Select[Event]:
    return (
        sa.select(Event)
        .where(Event.id.in_(sa.union_all(_next_network(), _next_meetings())))
        .options(joinedload(Event.options).joinedload(Option.sessions))
        .order_by(Event.starts_at, Event.id)
    )


def is_suggestible(event: type[Event] = Event) -> tuple[sa.ColumnElement[bool], ...]:
    """True where the person never booked the event and fits its audience, where it has one."""
    booked = sa.exists().where(
        Booking.event_id == event.id, Booking.person_id == sa.bindparam("person_id")
    )
    return ~booked, tag_queries.fits(event).is_not(sa.false())


def _own_clusters() -> sa.Select[int]:
    return sa.select(ClusterMembership.cluster_id).where(
        ClusterMembership.school_id.in_(sa.bindparam("school_ids", expanding=True)),
        holds_on(ClusterMembership, DAY),
    )


def _first_unbooked(event: type[Event], *conditions: sa.ColumnElement[bool]) -> sa.Select[int]:
    """The id of the first published event ahead to suggest to the person."""
    found = sa.select(event.id).where(
        event.state == EventState.PUBLISHED,
        event.starts_at > NOW,
        *is_suggestible(event),
        *conditions,
    )
    return found.order_by(event.starts_at, event.id).limit(1)


def _next_network() -> sa.Select[int]:
    event = aliased(Event)
    for_me = sa.or_(event.cluster_id.is_(None), event.cluster_id.in_(_own_clusters()))
    first = _first_unbooked(event, event.kind == EventKind.SENCO_NETWORK, for_me)
    return sa.select(first.scalar_subquery())


def _next_meetings() -> sa.Select[int]:
    """One for each own cluster, so that no cluster's events but these are looked at."""
    event, own = aliased(Event), _own_clusters().distinct().subquery()
    is_its = event.cluster_id == own.c.cluster_id
    first = _first_unbooked(event, is_its, event.kind == EventKind.COP_MEETING)
    return sa.select(first.correlate(own).scalar_subquery()).select_from(own)


@dataclass(frozen=True)
class NextMeeting:
    """What a cluster does next; ``own`` is the state of the asking person's live booking."""

    event: Event
    mode: Mode
    venue: str
    own: BookingState | None


def find_next_meeting(cluster_id: int, person_id: int) -> NextMeeting | None:
    """The next published event of a cluster that has not ended. One statement."""
    own = sa.and_(
        Booking.event_id == Event.id, Booking.person_id == person_id, Booking.state.in_(LIVE)
    )
    row = db.session.execute(
        sa.select(Event, Option.mode, Session.venue, Booking.state)
        .join(Event.options)
        .join(Option.sessions)
        .outerjoin(Booking, own)
        .where(
            Event.cluster_id == cluster_id,
            Event.state == EventState.PUBLISHED,
            Event.ends_at >= clock.now(),
        )
        .order_by(Event.starts_at, Event.id, Session.starts_at, Option.position)
        .limit(1)
    ).one_or_none()
    return NextMeeting(*row) if row else None
