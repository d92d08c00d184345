"""A limit for each school, and held places, while many book at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.bookings.services import book_place, cancel_booking
from cop_site.db import db
from cop_site.events import queries as event_queries
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.people import make_person, make_school_user
from tests.factories.schools import make_school
from tests.support.race import race

pytestmark = pytest.mark.thorough

BOOKED, WAITING = BookingState.BOOKED, BookingState.WAITING
STARTS, LATER = NOON + timedelta(days=20), NOON + timedelta(days=6)


def _book(event_id: int, by: ActingUser) -> Callable[[], Any]:
    def run() -> BookingState:
        event_queries.get_event(event_id, sa.true())
        with transaction():
            return book_place(event_id, mode=None, school_ids=list(by.schools), by=by).state

    return run


def _cancel(event_id: int, by: ActingUser) -> Callable[[], Any]:
    def run() -> bool:
        with transaction():
            return cancel_booking(event_id, by=by)

    return run


def _places(condition: sa.ColumnElement[bool]) -> int:
    db.session.rollback()
    counted = (
        sa.select(sa.func.count())
        .select_from(Booking)
        .join(BookingSchool, BookingSchool.booking_id == Booking.id)
        .where(Booking.state.in_((BOOKED, BookingState.OFFERED)), condition)
    )
    return db.session.scalar(counted) or 0


def test_many_of_one_school_at_once_are_never_over_its_limit(committed_app: Flask) -> None:
    school, other = make_school(), make_school()
    many = [acting(make_school_user(school)) for _ in range(12)]
    others = [acting(make_school_user(other)) for _ in range(2)]
    event = make_event(STARTS, capacity=20, school_limit=3, school_limit_until=LATER)
    db.session.commit()
    given = race(committed_app, [_book(event.id, by) for by in [*many, *others]])
    assert Counter(given[:12]) == {BOOKED: 3, WAITING: 9}
    assert given[12:] == [BOOKED, BOOKED], "they stand in nobody's way"
    booked = [by for by, state in zip(many, given, strict=False) if state is BOOKED]
    assert race(committed_app, [_cancel(event.id, by) for by in booked]) == [True] * 3
    assert _places(BookingSchool.school_id == school.id) == 3


def test_held_places_go_to_new_schools_alone_and_nobody_is_over(committed_app: Flask) -> None:
    known, held = make_school(), make_event(NOON - timedelta(days=9))
    make_mark(make_register(session_of(held)), make_person(), known)
    engaged = [acting(make_school_user(known)) for _ in range(8)]
    new = [acting(make_school_user(make_school())) for _ in range(8)]
    event = make_event(STARTS, capacity=6, held_places=4, held_until=LATER)
    db.session.commit()
    given = race(committed_app, [_book(event.id, by) for by in [*engaged, *new]])
    assert not [one for one in given if isinstance(one, Exception)]
    assert Counter(given)[BOOKED] == 6
    assert Counter(given[:8])[BOOKED] <= 2
    assert _places(Booking.event_id == event.id) == 6
