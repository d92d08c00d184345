"""What somebody's calendar feed holds."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cop_site.bookings.models import LIVE, Booking
from cop_site.db import db
from cop_site.events.models import Event, EventState, Option


def list_for_feed(person_id: int, since: datetime) -> list[Booking]:
    """A person's live bookings of events that end after ``since``, first to last.

    One statement; event, option and dates loaded. What was cancelled is left out: a calendar
    that looks again takes it away.
    """
    return list(
        db.session.scalars(
            sa.select(Booking)
            .join(Booking.event)
            .where(
                Booking.person_id == person_id,
                Booking.state.in_(LIVE),
                Event.state == EventState.PUBLISHED,
                Event.ends_at >= since,
            )
            .options(
                joinedload(Booking.event),
                joinedload(Booking.option).joinedload(Option.sessions),
            )
            .order_by(Event.starts_at, Booking.id)
        ).unique()
    )
