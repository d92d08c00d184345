"""Many people at once: nobody over the places, nobody lost, no fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import Flask

from bench.load import Ask, Load, volley
from bench.people import Visitor
from bench.servers import Server
from bench.stage import add_event
from cop_site.bookings import queries as booking_queries
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db

# People who all send the form of one event at once, and its places.
RACES = ((200, 20), (500, 100))
VOLLEY_PEOPLE = 60
VOLLEY_PLACES = 10
CLICKS = 5
CLICKERS = 6


@dataclass(frozen=True)
class Standing:
    """Who has what at an event, in the order of the bookings' ids."""

    booked: list[Booking]
    waiting: list[Booking]
    positions: list[int]


@dataclass(frozen=True)
class Race:
    """A volley at one event and what stood in the database after it."""

    load: Load
    standing: Standing
    problems: list[str]


def book(event_id: int, visitor: Visitor) -> Ask:
    return visitor.sends(f"/events/{event_id}/booking")


def race(app: Flask, site: Server, people: Sequence[Visitor], places: int) -> Race:
    """Everyone sends the form of one event at once."""
    event_id = add_event(app, places)
    load = volley(site.port, [book(event_id, visitor) for visitor in people])
    standing = _read_standing(app, event_id)
    problems = list(find_problems(load, standing, len(people), places))
    return Race(load, standing, problems)


def race_bare(bare: Server, count: int) -> Load:
    """As many people ask for the bare page at once."""
    return volley(bare.port, [Ask("/")] * count)


def click_often(app: Flask, site: Server, people: Sequence[Visitor]) -> Race:
    """Several people, one after the other, each send their form five times at once."""
    event_id = add_event(app, places := len(people) + 1)
    loads = [volley(site.port, [book(event_id, visitor)] * CLICKS) for visitor in people]
    load = Load(
        [answer for each in loads for answer in each.answers], sum(each.seconds for each in loads)
    )
    standing = _read_standing(app, event_id)
    problems = list(find_problems(load, standing, len(people), places))
    return Race(load, standing, problems)


def _read_standing(app: Flask, event_id: int) -> Standing:
    with app.app_context():
        of = {
            state: list(
                db.session.scalars(
                    sa.select(Booking)
                    .filter_by(event_id=event_id, state=state)
                    .order_by(Booking.id)
                )
            )
            for state in BookingState
        }
        queue = sorted(of[BookingState.WAITING], key=_place_in_queue)
        own = [booking_queries.find_own_booking(event_id, one.person_id) for one in queue]
        return Standing(
            of[BookingState.BOOKED], of[BookingState.WAITING], [one.position for one in own if one]
        )


def _place_in_queue(booking: Booking) -> tuple[float, int]:
    assert booking.queued_at is not None
    return booking.queued_at.timestamp(), booking.id


def find_problems(load: Load, standing: Standing, people: int, places: int) -> Iterator[str]:
    """What must not be after so many people asked for so many places, a sentence each."""
    expected = min(people, places)
    booked, waiting = standing.booked, standing.waiting
    if load.faults:
        yield f"{load.faults} requests failed: {dict(load.statuses)}"
    if len(booked) > places:
        yield f"{len(booked)} booked for {places} places"
    elif len(booked) != expected:
        yield f"{len(booked)} booked where {expected} could be"
    if len(booked) + len(waiting) != people:
        yield f"{people} people came and {len(booked) + len(waiting)} have a booking"
    if standing.positions != list(range(1, people - expected + 1)):
        yield f"the waiting list is numbered {standing.positions}"
    if waiting and max(one.created_at for one in booked) > min(one.created_at for one in waiting):
        yield "somebody waits who came before somebody with a place"
