"""Reads of who has booked an event, for those who run it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from cop_site.accounts.models import Person
from cop_site.bookings import place_queries, place_rules
from cop_site.bookings.models import LIVE, SUBSTITUTED, Booking, BookingSchool, BookingState
from cop_site.bookings.place_queries import Places
from cop_site.bookings.place_rules import Claim
from cop_site.bookings.queries import was_followed
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event


def list_who_booked(event_id: int) -> list[Booking]:
    """Every live booking: those with a place by name, the others by their turn.

    Person and schools loaded; as many statements however many they are.
    """
    return list(db.session.scalars(_who_booked().where(Booking.event_id == event_id)))


def list_given_up(event_id: int) -> list[Booking]:
    """Bookings that were given up, the newest first, as ``list_who_booked``; 200 at most.

    Without those that another booking took the place of.
    """
    passed_on = sa.or_(was_followed(), Booking.cancel_reason == SUBSTITUTED)
    return list(
        db.session.scalars(
            sa.select(Booking)
            .where(
                Booking.event_id == event_id, Booking.state == BookingState.CANCELLED, ~passed_on
            )
            .options(
                joinedload(Booking.person),
                selectinload(Booking.schools).joinedload(BookingSchool.school),
            )
            .order_by(Booking.cancelled_at.desc(), Booking.id.desc())
            .limit(200)
        )
    )


def count_places(event: Event, bookings: list[Booking]) -> dict[int, list[Places]]:
    """As ``place_queries`` counts them, of what ``list_who_booked`` gave: no statement."""
    claims = [
        (
            *(one.id, one.option_id, one.mode, one.state is BookingState.WAITING),
            Claim(frozenset(row.school_id for row in one.schools), one.for_new_school),
        )
        for one in bookings
        if not one.has_lapsed
    ]
    return place_queries.read_queues(event, place_rules.make_queues(event, claims))


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
