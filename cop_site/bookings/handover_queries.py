"""Reads of the bookings that a handover may pass on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, selectinload

from cop_site.bookings.models import LIVE, Booking, BookingSchool
from cop_site.db import db
from cop_site.events.models import Event, EventState


def list_bookings_since(person_id: int, school_id: int, since: datetime) -> list[Booking]:
    """A person's live bookings that name a school, of events that last past a moment.

    With event and schools, in the order of the events: whoever locks several goes by it.
    """
    names_it = (
        sa.select(BookingSchool.id)
        .where(BookingSchool.booking_id == Booking.id, BookingSchool.school_id == school_id)
        .exists()
    )
    return list(
        db.session.scalars(
            sa.select(Booking)
            .join(Booking.event)
            .where(
                Booking.person_id == person_id,
                Booking.state.in_(LIVE),
                Event.state == EventState.PUBLISHED,
                Event.ends_at > since,
                names_it,
            )
            .options(
                contains_eager(Booking.event),
                selectinload(Booking.schools).joinedload(BookingSchool.school),
            )
            .order_by(Booking.event_id)
            .execution_options(populate_existing=True)
        )
    )
