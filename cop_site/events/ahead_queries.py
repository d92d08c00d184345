"""What a school, or somebody who works there, still has ahead."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cop_site import clock
from cop_site.db import db
from cop_site.events.booking_models import LIVE, Booking, BookingSchool
from cop_site.events.models import Event, EventKind, EventState, Option
from cop_site.events.queries import NOW
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on


def count_bookings_ahead(school_ids: Collection[int]) -> dict[int, int]:
    """Bookings (waiting ones too) for published events not yet over, by school; none, no entry."""
    counted = db.session.execute(
        sa.select(BookingSchool.school_id, sa.func.count(Booking.id.distinct()))
        .join(Booking, Booking.id == BookingSchool.booking_id)
        .join(Event, Event.id == Booking.event_id)
        .where(
            BookingSchool.school_id.in_(school_ids),
            Booking.state.in_(LIVE),
            Event.state == EventState.PUBLISHED,
            Event.ends_at > clock.now(),
        )
        .group_by(BookingSchool.school_id)
    )
    return {school_id: count for school_id, count in counted}


def list_next_unbooked(person_id: int, school_ids: Collection[int]) -> list[Event]:
    """What is next for somebody and not booked yet: the SENCO network, each cluster's meeting.

    One statement; options and dates loaded. The clusters are those of the schools today.
    """
    asked = {
        "person_id": person_id,
        "school_ids": list(school_ids),
        "day": clock.today(),
        "now": clock.now(),
    }
    return list(db.session.scalars(_next_unbooked(), asked).unique())


# Built once, for home: building it takes three times as long as asking it.
@cache
def _next_unbooked() -> sa.Select[Event]:
    ranked = _ranked_unbooked().subquery()
    return (
        sa.select(Event)
        .join(ranked, ranked.c.id == Event.id)
        .where(ranked.c.turn == 1)
        .options(joinedload(Event.options).joinedload(Option.sessions))
        .order_by(Event.starts_at, Event.id)
    )


def _ranked_unbooked() -> sa.Select[int, int]:
    """Event ids with their turn, 1 for the next of its sort."""
    own = sa.select(ClusterMembership.cluster_id).where(
        ClusterMembership.school_id.in_(sa.bindparam("school_ids", expanding=True)),
        holds_on(ClusterMembership, DAY),
    )
    booked = sa.exists().where(
        Booking.event_id == Event.id,
        Booking.person_id == sa.bindparam("person_id"),
        Booking.state.in_(LIVE),
    )
    is_network = Event.kind == EventKind.SENCO_NETWORK
    is_own = Event.cluster_id.in_(own)
    sort = sa.case((is_network, 0), else_=Event.cluster_id)
    turn = sa.func.row_number().over(partition_by=sort, order_by=(Event.starts_at, Event.id))
    return sa.select(Event.id, turn.label("turn")).where(
        Event.state == EventState.PUBLISHED,
        Event.starts_at > NOW,
        ~booked,
        sa.or_(
            sa.and_(is_network, sa.or_(Event.cluster_id.is_(None), is_own)),
            sa.and_(Event.kind == EventKind.COP_MEETING, is_own),
        ),
    )
