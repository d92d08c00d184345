"""What a school still has ahead of it."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.events.booking_models import LIVE, Booking, BookingSchool
from cop_site.events.models import Event, EventState


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
