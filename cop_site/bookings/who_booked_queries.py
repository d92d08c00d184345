"""Reads of who has booked an event, for those who run it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload

from cop_site.accounts.models import Person
from cop_site.bookings.models import LIVE, Booking, BookingSchool, BookingState
from cop_site.db import db
from cop_site.errors import NotFoundError


def list_who_booked(event_id: int) -> list[Booking]:
    """Every live booking: those with a place by name, the others by their turn.

    Person and schools loaded; as many statements however many they are.
    """
    return list(db.session.scalars(_who_booked().where(Booking.event_id == event_id)))


def list_given_up(event_id: int) -> list[Booking]:
    """Bookings that were given up, the newest first, as ``list_who_booked``; 200 at most.

    Without those that another booking took the place of.
    """
    passed_on = aliased(Booking)
    again = sa.exists().where(
        passed_on.event_id == Booking.event_id,
        passed_on.person_id == Booking.person_id,
        passed_on.state.in_(LIVE),
    )
    return list(
        db.session.scalars(
            sa.select(Booking)
            .where(Booking.event_id == event_id, Booking.state == BookingState.CANCELLED, ~again)
            .options(
                joinedload(Booking.person),
                selectinload(Booking.schools).joinedload(BookingSchool.school),
            )
            .order_by(Booking.cancelled_at.desc(), Booking.id.desc())
            .limit(200)
        )
    )


def get_who_booked(event_id: int, booking_id: int) -> Booking:
    """One of ``list_who_booked``, or NotFoundError."""
    query = _who_booked().where(Booking.event_id == event_id, Booking.id == booking_id)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFoundError("There is no such booking.")
    return found


def _who_booked() -> sa.Select[Booking]:
    return (
        sa.select(Booking)
        .join(Booking.person)
        .where(Booking.state.in_(LIVE))
        .options(
            contains_eager(Booking.person),
            selectinload(Booking.schools).joinedload(BookingSchool.school),
        )
        .order_by(Booking.queued_at, Person.name, Booking.id)
        .execution_options(populate_existing=True)
    )
