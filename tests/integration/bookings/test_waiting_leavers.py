"""Whoever waits and has left is passed over, and keeps their turn should they come back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, User
from cop_site.bookings import due_queries, list_queries, place_queries, waiting_services
from cop_site.bookings import services as booking_services
from cop_site.bookings.list_queries import EventFilter
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.cli.events import offer_places
from cop_site.db import db
from cop_site.errors import stamp_of
from cop_site.events import queries as event_queries
from cop_site.events.models import Event
from cop_site.notifications.models import OutboxMessage
from cop_site.planning.rule_services import rules_of, set_rules, values_of
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import give_school_role, make_person, make_school_user
from tests.factories.schools import make_school
from tests.support.outbox import states

At = Callable[[datetime], None]
BOOKED, WAITING = BookingState.BOOKED, BookingState.WAITING
OFFERED, CANCELLED = BookingState.OFFERED, BookingState.CANCELLED
STARTS = NOON + timedelta(days=20)


@pytest.fixture(params=["plain", "ruled"])
def event(request: pytest.FixtureRequest, people: People) -> Event:
    """With one place; with rules that stop nobody who takes part here, or none."""
    event = make_event(STARTS, capacity=1)
    if request.param == "ruled":
        event = event_queries.get_event(event.id, sa.true())
        own = rules_of(event)
        rules = replace(own, school_limit=9, school_limit_until=STARTS - timedelta(days=3))
        set_rules(event.id, rules, seen=stamp_of(values_of(own)), by=acting(people.ep))
    db.session.commit()
    return event


def join(event: Event, user: User) -> Booking:
    by = acting(user)
    return booking_services.book_place(event.id, mode=None, school_ids=list(by.schools), by=by)


def leave(person_id: int) -> None:
    query = sa.update(SchoolRole).where(SchoolRole.person_id == person_id)
    db.session.execute(query.values(ends_on=NOON.date() - timedelta(days=1)))
    db.session.commit()


def come_back(person_id: int) -> None:
    query = sa.update(SchoolRole).where(SchoolRole.person_id == person_id)
    db.session.execute(query.values(ends_on=None))
    db.session.commit()


def shown(event: Event) -> tuple[int | None, int | None, bool]:
    """Places left as its page and the list say, and whether the list of free places has it."""
    loaded = event_queries.get_event(event.id, sa.true())
    (places,) = place_queries.count_places(loaded)[loaded.options[0].id]
    only = Event.id == event.id
    rows, _ = list_queries.list_events(EventFilter(), only, person_id=0, page=1, size=9)
    free = EventFilter(has_places=True)
    _rows, total = list_queries.list_events(free, only, person_id=0, page=1, size=9)
    return places.left, rows[0].places.left, bool(total)


@pytest.fixture
def users(event: Event, people: People) -> list[User]:
    """One with the place, then two who wait for it."""
    users = [make_school_user(people.school) for _ in range(3)]
    for user in users:
        join(event, user)
    db.session.commit()
    return users


def test_the_next_is_offered_the_place(event: Event, users: list[User]) -> None:
    leave(users[1].person_id)
    booking_services.cancel_booking(event.id, by=acting(users[0]))
    assert states() == [CANCELLED, WAITING, OFFERED]


def test_one_who_is_back_has_their_turn(event: Event, users: list[User]) -> None:
    leave(users[1].person_id)
    come_back(users[1].person_id)
    booking_services.cancel_booking(event.id, by=acting(users[0]))
    assert states() == [CANCELLED, OFFERED, WAITING]


def test_a_place_is_kept_for_nobody_who_has_left(event: Event, users: list[User]) -> None:
    for user in users[1:]:
        leave(user.person_id)
    booking_services.cancel_booking(event.id, by=acting(users[0]))
    db.session.commit()
    assert states() == [CANCELLED, WAITING, WAITING]
    assert shown(event) == (1, 1, True)
    assert due_queries.list_unsettled() == []
    assert join(event, users[0]).state is BOOKED
    db.session.commit()
    assert shown(event) == (0, 0, False)


def test_a_place_is_kept_for_who_has_not_left(event: Event, users: list[User], at: At) -> None:
    evening = NOON.replace(hour=21)
    at(evening)
    leave(users[1].person_id)
    booking_services.cancel_booking(event.id, by=acting(users[0]))
    db.session.commit()
    assert states() == [CANCELLED, WAITING, WAITING]
    assert shown(event) == (0, 0, False)
    assert due_queries.list_unsettled() == [event.id]
    at(evening + timedelta(hours=11))
    assert offer_places() == 1
    assert states() == [CANCELLED, WAITING, OFFERED]


def test_the_worker_offers_it_to_who_came_back(event: Event, users: list[User]) -> None:
    for user in users[1:]:
        leave(user.person_id)
    booking_services.cancel_booking(event.id, by=acting(users[0]))
    db.session.commit()
    assert offer_places() == 0
    come_back(users[2].person_id)
    assert offer_places() == 1
    assert states() == [CANCELLED, WAITING, OFFERED]


def test_in_the_last_day_they_are_not_told(event: Event, users: list[User], at: At) -> None:
    leave(users[1].person_id)
    at(STARTS - timedelta(hours=20))
    booking_services.cancel_booking(event.id, by=acting(users[0]))
    query = sa.select(OutboxMessage.recipient).where(OutboxMessage.kind == "events/place_free")
    assert list(db.session.scalars(query)) == [users[2].email]


def test_moving_somebody_up_passes_them_too(event: Event, users: list[User]) -> None:
    leave(users[1].person_id)
    ids = list(db.session.scalars(sa.select(Booking.id).order_by(Booking.id)))
    ep = acting(users[0])
    moved = waiting_services.move_up(event.id, ids[2], "Asked to", by=ep)
    assert moved.state is WAITING
    booking_services.cancel_booking(event.id, by=ep)
    assert states() == [CANCELLED, WAITING, OFFERED]


class TestWithoutAnAccount:
    """Whoever books for the school answers for them, and may send somebody else."""

    @pytest.fixture
    def colleague(self, event: Event, users: list[User], people: People) -> Person:
        """At the head of the list."""
        colleague = make_person()
        give_school_role(colleague, people.school, SchoolRoleKind.TEACHER)
        booking = make_booking(event, colleague, people.school, state=WAITING)
        booking.queued_at = NOON - timedelta(days=1)
        db.session.commit()
        return colleague

    def test_who_left_is_offered_it_while_somebody_answers_for_them(
        self, event: Event, users: list[User], colleague: Person
    ) -> None:
        leave(colleague.id)
        booking_services.cancel_booking(event.id, by=acting(users[0]))
        assert states() == [CANCELLED, WAITING, WAITING, OFFERED]
        query = sa.select(OutboxMessage.recipient).where(
            OutboxMessage.kind == "events/place_offered"
        )
        assert db.session.scalars(query).one() != colleague.email

    def test_who_left_is_passed_over_where_nobody_answers(
        self, event: Event, users: list[User], colleague: Person
    ) -> None:
        """They wait for a school that nobody books for."""
        booked = sa.select(Booking.id).where(Booking.person_id == colleague.id)
        named = sa.update(BookingSchool).where(BookingSchool.booking_id.in_(booked))
        db.session.execute(named.values(school_id=make_school().id))
        leave(colleague.id)
        booking_services.cancel_booking(event.id, by=acting(users[0]))
        assert states() == [CANCELLED, OFFERED, WAITING, WAITING]

    def test_who_is_of_the_school_is_offered_it(
        self, event: Event, users: list[User], colleague: Person
    ) -> None:
        booking_services.cancel_booking(event.id, by=acting(users[0]))
        assert states() == [CANCELLED, WAITING, WAITING, OFFERED]
