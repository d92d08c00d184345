"""How long what people need at an event is kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site.bookings.models import Booking
from cop_site.bookings.need_models import BookingNeeds
from cop_site.events.models import Event
from cop_site.keeping import Ends, Kept, delete_from


def _needs(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(BookingNeeds.id)
        .join(Booking, Booking.id == BookingNeeds.booking_id)
        .join(Event, Event.id == Booking.event_id)
        .where(Event.ends_at < before)
    )


KEPT = (
    Kept(
        key="booking_needs",
        what="Access and dietary needs for an event",
        why="So that whoever runs it can prepare the room and the food",
        since="after the event",
        ends=Ends.DELETED,
        lasts=timedelta(days=30),
        due=_needs,
        end=delete_from(BookingNeeds),
        tables=("booking_needs",),
    ),
)
