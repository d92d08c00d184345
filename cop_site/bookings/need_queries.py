"""Reads of what people need to take part."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from cop_site.accounts.models import Person
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.need_models import BookingNeeds, RememberedNeeds
from cop_site.db import db


@dataclass(frozen=True)
class NeedsRow:
    """What one person with a place needs, and at which of the event's options."""

    name: str
    option_id: int
    access: str
    diet: str


def find_needs(booking_id: int) -> BookingNeeds | None:
    query = sa.select(BookingNeeds).where(BookingNeeds.booking_id == booking_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_remembered(person_id: int) -> RememberedNeeds | None:
    query = sa.select(RememberedNeeds).where(RememberedNeeds.person_id == person_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def list_needs(event_id: int) -> list[NeedsRow]:
    """Of everybody with a place who needs something, by name. One statement."""
    rows = db.session.execute(
        sa.select(Person.name, Booking.option_id, BookingNeeds.access, BookingNeeds.diet)
        .join(Booking, Booking.id == BookingNeeds.booking_id)
        .join(Person, Person.id == Booking.person_id)
        .where(Booking.event_id == event_id, Booking.state == BookingState.BOOKED)
        .order_by(Person.name, Booking.id)
    )
    return [NeedsRow(*row) for row in rows]
