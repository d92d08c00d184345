"""Places that come free: offered in order, kept for so long, then passed on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import User
from cop_site.audit import list_changes
from cop_site.bookings import services as booking_services
from cop_site.bookings import waiting_services
from cop_site.bookings.models import Booking, BookingState
from cop_site.cli.events import offer_places
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import services as planning_services
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_event
from tests.factories.people import make_school_user
from tests.support.outbox import kinds, states

BOOKED, WAITING = BookingState.BOOKED, BookingState.WAITING
OFFERED, CANCELLED = BookingState.OFFERED, BookingState.CANCELLED
At = Callable[[datetime], None]
STARTS = NOON + timedelta(days=20)


class Queue:
    """An event with one place, taken, and people who wait in order."""

    def __init__(self, people: People, waiting: int) -> None:
        self.event: Event = make_event(STARTS, capacity=1)
        self.people = [acting(make_school_user(people.school)) for _ in range(waiting + 1)]
        for by in self.people:
            self.book(by)

    def book(self, by: ActingUser) -> Booking:
        school_ids = list(by.schools)
        return booking_services.book_place(self.event.id, mode=None, school_ids=school_ids, by=by)

    def cancel(self, number: int = 0) -> None:
        booking_services.cancel_booking(self.event.id, by=self.people[number])

    def take(self, number: int) -> Booking:
        return waiting_services.take_place(self.event.id, by=self.people[number])

    def offered_to(self) -> list[int]:
        rows = db.session.scalars(sa.select(Booking.person_id).where(Booking.state == OFFERED))
        numbers = {by.person_id: number for number, by in enumerate(self.people)}
        return [numbers[person_id] for person_id in rows]


@pytest.fixture
def queue(people: People) -> Queue:
    return Queue(people, 3)


def told(kind: str) -> list[str]:
    query = sa.select(OutboxMessage.recipient).where(OutboxMessage.kind == f"events/{kind}")
    return list(db.session.scalars(query.order_by(OutboxMessage.id)))


def test_a_free_place_is_offered_to_the_first_for_two_school_days(queue: Queue) -> None:
    queue.cancel()
    assert states() == [CANCELLED, OFFERED, WAITING, WAITING]
    booking = db.session.scalars(sa.select(Booking).where(Booking.state == OFFERED)).one()
    assert booking.offer_expires_at == NOON + timedelta(days=2)
    assert told("place_offered") == [queue.people[1].email]


def test_taken_it_is_theirs_and_twice_is_once(queue: Queue) -> None:
    queue.cancel()
    booking = queue.take(1)
    assert queue.take(1).id == booking.id
    assert (booking.state, booking.place_given_at) == (BOOKED, NOON)
    assert told("booking_confirmed") == [queue.people[0].email, queue.people[1].email]


def test_declined_it_goes_to_the_next_and_is_not_late(queue: Queue) -> None:
    queue.cancel()
    queue.cancel(1)
    assert states() == [CANCELLED, CANCELLED, OFFERED, WAITING]
    assert not any(db.session.scalars(sa.select(Booking.cancelled_late)))
    assert queue.offered_to() == [2]


def test_run_out_it_goes_to_the_next_by_itself(queue: Queue, at: At) -> None:
    queue.cancel()
    at(NOON + timedelta(days=2))
    assert offer_places() == 1
    assert states() == [CANCELLED, CANCELLED, OFFERED, WAITING]
    assert told("offer_ended") == [queue.people[1].email]
    assert offer_places() == 0


def test_run_out_it_can_no_longer_be_taken(queue: Queue, at: At) -> None:
    queue.cancel()
    at(NOON + timedelta(days=2))
    with pytest.raises(DomainError, match="run out"):
        queue.take(1)
    again = queue.book(queue.people[1])
    assert again.state is WAITING
    assert queue.offered_to() == [2], "the offer passed on before somebody new came"


def test_out_of_school_hours_it_is_kept_for_them_until_the_next_morning(
    queue: Queue, at: At, people: People
) -> None:
    evening = datetime(2026, 11, 10, 21, tzinfo=clock.LONDON)
    at(evening)
    queue.cancel()
    assert queue.offered_to() == []
    assert queue.book(acting(people.senco)).state is WAITING, "nobody passes those who wait"
    offer_places()
    assert queue.offered_to() == []
    at(evening + timedelta(hours=11))
    offer_places()
    assert queue.offered_to() == [1]


class TestTheLastDay:
    def test_nothing_is_offered_and_everybody_who_waits_is_told_once(
        self, queue: Queue, at: At
    ) -> None:
        at(STARTS - timedelta(hours=23))
        queue.cancel()
        offer_places()
        assert states() == [CANCELLED, WAITING, WAITING, WAITING]
        assert told("place_free") == [by.email for by in queue.people[1:]]

    def test_whoever_comes_first_has_it(self, queue: Queue, at: At) -> None:
        at(STARTS - timedelta(hours=23))
        queue.cancel()
        assert queue.take(3).state is BOOKED
        with pytest.raises(DomainError, match="no free place"):
            queue.take(1)

    def test_somebody_new_may_have_it(self, queue: Queue, at: At, people: People) -> None:
        at(STARTS - timedelta(hours=23))
        queue.cancel()
        assert queue.book(acting(people.other)).state is BOOKED

    def test_each_place_that_comes_free_is_told(self, queue: Queue, at: At) -> None:
        at(STARTS - timedelta(hours=23))
        queue.cancel()
        queue.take(1)
        queue.cancel(1)
        assert told("place_free").count(queue.people[2].email) == 2

    def test_an_offer_that_it_cut_short_leaves_them_their_turn(self, queue: Queue, at: At) -> None:
        at(STARTS - timedelta(hours=30))
        queue.cancel()
        at(STARTS - timedelta(hours=24))
        offer_places()
        assert states() == [CANCELLED, WAITING, WAITING, WAITING]
        assert len(told("place_free")) == 3
        assert queue.take(2).state is BOOKED

    def test_no_place_is_no_place(self, queue: Queue, at: At) -> None:
        at(STARTS - timedelta(hours=23))
        with pytest.raises(DomainError, match="no free place"):
            queue.take(1)


class TestMoved:
    """The event moves while a place is offered, or free."""

    def move(self, queue: Queue, people: People, starts_at: datetime) -> None:
        version = db.session.get_one(Event, queue.event.id).version
        ends_at = starts_at + timedelta(hours=2)
        details = changed_details(queue.event, starts_at=starts_at, ends_at=ends_at)
        planning_services.edit_event(queue.event.id, version, details, by=acting(people.ep))

    def test_no_offer_outlives_the_day_before(self, queue: Queue, people: People) -> None:
        queue.cancel()
        self.move(queue, people, NOON + timedelta(days=2))
        offered = db.session.scalars(sa.select(Booking).where(Booking.state == OFFERED)).one()
        assert offered.offer_expires_at == NOON + timedelta(days=1)

    def test_a_place_that_is_free_again_in_the_last_day_is_told_again(
        self, queue: Queue, people: People, at: At
    ) -> None:
        at(STARTS - timedelta(hours=23))
        queue.cancel()
        later = STARTS + timedelta(days=5)
        self.move(queue, people, later)
        at(later - timedelta(hours=23))
        offer_places()
        assert told("place_free").count(queue.people[3].email) == 2


def test_one_event_that_fails_stops_no_other(
    queue: Queue, people: People, at: At, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Queue(people, 1)
    at(datetime(2026, 11, 10, 21, tzinfo=clock.LONDON))
    queue.cancel()
    other.cancel()
    db.session.commit()
    settle = waiting_services.settle

    def fail_for_one(event: Event) -> None:
        if event.id == queue.event.id:
            raise DomainError("Something is wrong with this one.")
        settle(event)

    monkeypatch.setattr(waiting_services, "settle", fail_for_one)
    at(datetime(2026, 11, 11, 9, tzinfo=clock.LONDON))
    assert offer_places() == 1
    assert other.offered_to() == [1]


class TestMoveUp:
    def test_goes_first_for_a_reason_that_is_kept(self, queue: Queue, people: People) -> None:
        ep = acting(people.ep)
        last = db.session.scalars(sa.select(Booking).order_by(Booking.id.desc())).first()
        assert last is not None
        waiting_services.move_up(queue.event.id, last.id, "New in role", by=ep)
        queue.cancel()
        assert queue.offered_to() == [3]
        assert last.moved_up_reason == "New in role"
        change = next(one for one in list_changes("booking", last.id) if one.verb == "moved up")
        assert change.reason == "New in role"

    def test_who_has_a_place_can_not(self, queue: Queue, people: People) -> None:
        first = db.session.scalars(sa.select(Booking).order_by(Booking.id)).first()
        assert first is not None
        with pytest.raises(DomainError, match="Only somebody who waits"):
            waiting_services.move_up(queue.event.id, first.id, "x", by=acting(people.ep))


def test_more_places_are_offered_each_once(queue: Queue, people: People) -> None:
    for capacity in (3, 3):
        version = db.session.get_one(Event, queue.event.id).version
        details = changed_details(queue.event, room_capacity=capacity)
        planning_services.edit_event(queue.event.id, version, details, by=acting(people.ep))
    assert states() == [BOOKED, OFFERED, OFFERED, WAITING]
    assert len(told("place_offered")) == 2


def test_nothing_once_it_is_called_off(queue: Queue, people: People, at: At) -> None:
    queue.cancel()
    planning_services.cancel_event(queue.event.id, "Snow", by=acting(people.ep))
    at(NOON + timedelta(days=3))
    assert offer_places() == 0
    with pytest.raises(DomainError, match="has been cancelled"):
        queue.take(1)
    assert kinds().count("events/event_cancelled") == 3


def test_unused_user_has_no_place(queue: Queue, people: People) -> None:
    stranger: User = people.senco
    with pytest.raises(DomainError, match="not on the list"):
        waiting_services.take_place(queue.event.id, by=acting(stranger))
