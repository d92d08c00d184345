"""Reads for somebody who says that they can't come."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event, EventState, Session


class Asked(NamedTuple):
    """A date of an event, ``id``, and somebody's booking for it."""

    id: int
    booking_id: int
    event_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    state: BookingState
    event_state: EventState

    @property
    def has_place(self) -> bool:
        return (self.state, self.event_state) == (BookingState.BOOKED, EventState.PUBLISHED)


def get_asked(booking_id: int, session_id: int) -> Asked:
    """The booking with that date of its option, or NotFoundError."""
    row = db.session.execute(
        sa.select(
            *(Session.id, Booking.id, Event.id, Event.title, Session.starts_at, Session.ends_at),
            *(Booking.state, Event.state),
        )
        .join(Event, Event.id == Booking.event_id)
        .join(Session, Session.option_id == Booking.option_id)
        .where(Booking.id == booking_id, Session.id == session_id)
    ).one_or_none()
    if row is None:
        raise NotFoundError("There is no such booking.")
    return Asked(*row)
