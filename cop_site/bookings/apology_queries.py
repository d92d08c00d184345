"""Reads for somebody who says that they can't come."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Event, EventState, Session

CALLED_OFF = "This date has been called off, so there is nothing to cancel."


class Asked(NamedTuple):
    """A date of an event, ``id``, and a booking for it.

    ``others``: how many dates are ahead besides.
    """

    id: int
    booking_id: int
    event_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    state: BookingState
    event_state: EventState
    others: int

    @property
    def has_place(self) -> bool:
        return (self.state, self.event_state) == (BookingState.BOOKED, EventState.PUBLISHED)


def get_asked(booking_id: int, session_id: int) -> Asked:
    """The booking with that date of its option.

    Raises NotFoundError where there is no such booking, DomainError where the date is called off.
    """
    other = aliased(Session)
    others = sa.select(sa.func.count(other.id)).where(
        other.option_id == Booking.option_id,
        other.id != Session.id,
        other.starts_at > clock.now(),
    )
    row = db.session.execute(
        sa.select(
            *(Session.id, Booking.id, Event.id, Event.title, Session.starts_at, Session.ends_at),
            *(Booking.state, Event.state, others.scalar_subquery()),
        )
        .join(Event, Event.id == Booking.event_id)
        .join(Session, Session.option_id == Booking.option_id)
        .where(Booking.id == booking_id, Session.id == session_id)
    ).one_or_none()
    if row is None:
        if db.session.get(Booking, booking_id) is None:
            raise NotFoundError("There is no such booking.")
        raise DomainError(CALLED_OFF)
    return Asked(*row)
