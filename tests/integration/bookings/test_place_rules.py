"""When booking is open, a limit for each school, and places held for new schools."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person
from cop_site.bookings import due_queries, list_queries, place_queries
from cop_site.bookings.colleague_services import Party, book_party
from cop_site.bookings.list_queries import EventFilter
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.services import book_place, cancel_booking
from cop_site.bookings.waiting_services import take_place
from cop_site.cli.events import offer_places
from cop_site.db import db
from cop_site.errors import DomainError, stamp_of
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Mode, Option, Session
from cop_site.planning.rule_services import BookingRules, rules_of, set_rules, values_of
from cop_site.schools.models import School
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import (
    make_booking,
    make_event,
    make_mark,
    make_register,
    option_of,
    session_of,
)
from tests.factories.people import make_person, make_school_user
from tests.factories.schools import make_school
from tests.support.outbox import states

BOOKED, WAITING = BookingState.BOOKED, BookingState.WAITING
OFFERED, CANCELLED = BookingState.OFFERED, BookingState.CANCELLED
At = Callable[[datetime], None]
STARTS = NOON + timedelta(days=20)
LATER = NOON + timedelta(days=6)


def book(event: Event, *schools: School, by: ActingUser | None = None) -> Booking:
    by = by or acting(make_school_user(*schools))
    return book_place(event.id, mode=None, school_ids=list(by.schools), by=by)


def make_known(school: School, *, days_ago: int = 10, is_closed: bool = True) -> None:
    """Somebody of the school attended an event."""
    event = make_event(NOON - timedelta(days=days_ago))
    register = make_register(session_of(event), closed=is_closed)
    make_mark(register, make_person(), school)


def left(event: Event) -> tuple[int | None, int | None]:
    """Places left as the event's page and the list of events say."""
    loaded = event_queries.get_event(event.id, sa.true())
    (places,) = place_queries.count_places(loaded)[option_of(event).id]
    rows, _total = list_queries.list_events(
        EventFilter(), Event.id == event.id, person_id=0, page=1, size=9
    )
    return places.left, rows[0].places.left


def is_listed(event: Event) -> bool:
    chosen = EventFilter(has_places=True)
    rows, _total = list_queries.list_events(
        chosen, Event.id == event.id, person_id=0, page=1, size=9
    )
    return bool(rows)


class TestWhenBookingIsOpen:
    def test_before_it_opens_nobody_books(self, people: People, at: At) -> None:
        event = make_event(STARTS, booking_opens_at=LATER)
        with pytest.raises(DomainError, match="not opened"):
            book(event, people.school)
        assert not is_listed(event)
        at(LATER)
        assert book(event, people.school).state is BOOKED
        assert is_listed(event)

    def test_once_it_has_closed_nobody_books_and_an_offer_can_be_taken(
        self, people: People, at: At
    ) -> None:
        event, by = make_event(STARTS, booking_closes_at=LATER), acting(people.senco)
        offered = db.session.get_one(Person, by.person_id)
        booking = make_booking(event, offered, people.school, state=OFFERED)
        booking.offer_expires_at = LATER + timedelta(days=1)
        at(LATER)
        with pytest.raises(DomainError, match="has closed"):
            book(event, people.school)
        assert not is_listed(event)
        assert take_place(event.id, by=by).state is BOOKED

    def test_who_makes_the_event_adds_people_whenever_they_like(self, people: People) -> None:
        event = make_event(STARTS, booking_opens_at=LATER)
        party = Party(people.school.id, [people.senco.person_id])
        with pytest.raises(DomainError, match="not opened"):
            book_party(event.id, party, option_id=None, mode=None, by=acting(people.senco))
        (added,) = book_party(event.id, party, option_id=None, mode=None, by=acting(people.ep))
        assert added.state is BOOKED


class TestSchoolLimit:
    def make(self, capacity: int | None = 5) -> Event:
        return make_event(STARTS, capacity=capacity, school_limit=1, school_limit_until=LATER)

    def test_beyond_it_people_wait_and_do_not_stand_in_others_way(self, people: People) -> None:
        event, other = self.make(), make_school()
        assert [book(event, people.school).state for _ in range(2)] == [BOOKED, WAITING]
        assert left(event) == (4, 4)
        assert is_listed(event)
        assert book(event, other).state is BOOKED
        assert book(event, make_school(), people.school).state is WAITING, "one of two is enough"

    def test_who_waits_for_it_is_offered_nothing_until_it_ends(
        self, people: People, at: At
    ) -> None:
        event = self.make()
        for _ in range(2):
            book(event, people.school)
        assert offer_places() == 0
        at(LATER)
        assert offer_places() == 1
        assert states() == [BOOKED, OFFERED]

    def test_a_place_of_the_school_goes_to_the_school(self, people: People) -> None:
        event, by = self.make(), acting(people.senco)
        book(event, people.school, by=by)
        book(event, people.school)
        cancel_booking(event.id, by=by)
        assert states() == [CANCELLED, OFFERED]

    def test_a_free_place_passes_who_waits_for_it(self, people: People) -> None:
        event, by = self.make(capacity=2), acting(people.other)
        book(event, people.school)
        book(event, *_schools(by), by=by)
        for school in (people.school, make_school()):
            book(event, school)
        cancel_booking(event.id, by=by)
        assert states() == [BOOKED, CANCELLED, WAITING, OFFERED]

    def test_in_the_last_day_it_holds_no_more(self, people: People, at: At) -> None:
        event = self.make()
        event.school_limit_until = STARTS
        db.session.flush()
        at(STARTS - timedelta(hours=23))
        assert [book(event, people.school).state for _ in range(2)] == [BOOKED, BOOKED]

    def test_without_limit_of_places_it_holds_too(self, people: People) -> None:
        event = self.make(capacity=None)
        assert [book(event, people.school).state for _ in range(2)] == [BOOKED, WAITING]
        assert left(event) == (None, None)
        assert offer_places() == 0


class TestHeldPlaces:
    @pytest.fixture
    def known(self, people: People) -> School:
        make_known(people.school)
        return people.school

    def make(self, capacity: int = 2) -> Event:
        return make_event(STARTS, capacity=capacity, held_places=1, held_until=LATER)

    def test_are_for_people_of_schools_that_came_to_nothing_yet(self, known: School) -> None:
        event, new = self.make(), make_school()
        assert [book(event, known).state for _ in range(2)] == [BOOKED, WAITING]
        assert left(event) == (0, 0)
        assert not is_listed(event)
        assert book(event, known, new).state is BOOKED
        assert book(event, new).state is WAITING

    @pytest.mark.parametrize(
        ("days_ago", "is_closed"), [(120, True), (10, False)], ids=["last year", "register open"]
    )
    def test_whoever_came_last_year_or_to_what_is_not_closed_is_new(
        self, people: People, days_ago: int, is_closed: bool
    ) -> None:
        make_known(people.school, days_ago=days_ago, is_closed=is_closed)
        event = self.make(capacity=1)
        assert book(event, people.school).state is BOOKED

    def test_from_their_day_on_they_are_offered_to_who_waits(self, known: School, at: At) -> None:
        event = self.make()
        for _ in range(2):
            book(event, known)
        assert offer_places() == 0
        at(LATER)
        assert offer_places() == 1
        assert states() == [BOOKED, OFFERED]

    def test_given_back_one_is_held_again(self, known: School) -> None:
        event, new = self.make(), make_school()
        by = acting(make_school_user(new))
        book(event, new, by=by)
        for _ in range(2):
            book(event, known)
        cancel_booking(event.id, by=by)
        assert states() == [CANCELLED, BOOKED, WAITING]
        assert book(event, make_school()).state is BOOKED


class TestSetRules:
    def set(self, event: Event, people: People, **rules: object) -> None:
        seen = stamp_of(values_of(rules_of(event)))
        set_rules(event.id, BookingRules(**rules), seen=seen, by=acting(people.ep))  # type: ignore[arg-type]

    def test_who_booked_before_counts_as_new_or_not(self, people: People) -> None:
        make_known(people.school)
        event, new = make_event(STARTS, capacity=3), make_school()
        for school in (people.school, new):
            make_booking(event, make_person(), school)
        self.set(event, people, held_places=1, held_until=LATER)
        marked = sa.select(Booking.for_new_school).order_by(Booking.id)
        assert list(db.session.scalars(marked)) == [False, True]
        assert left(event) == (1, 1)

    def test_taken_away_whoever_waits_is_offered_a_place(self, people: People) -> None:
        event = make_event(STARTS, school_limit=1, school_limit_until=LATER)
        for _ in range(2):
            book(event, people.school)
        self.set(event, people)
        assert states() == [BOOKED, OFFERED]

    def test_nobody_loses_a_place_by_a_new_one(self, people: People) -> None:
        event = make_event(STARTS)
        for _ in range(3):
            book(event, people.school)
        self.set(event, people, school_limit=1, school_limit_until=LATER)
        assert states() == [BOOKED] * 3
        assert book(event, people.school).state is WAITING


def _schools(by: ActingUser) -> list[School]:
    return [db.session.get_one(School, id_) for id_ in by.schools]


@pytest.mark.parametrize("seed", range(4))
def test_what_sql_says_of_places_is_what_the_rules_say(app: Flask, seed: int) -> None:
    """The page, the list, its filter and the worker, on events of every sort."""
    chance = Random(seed)
    schools = [make_school() for _ in range(4)]
    for _ in range(10):
        limited, held = chance.random() < 0.6, chance.random() < 0.6
        event = make_event(
            STARTS,
            capacity=chance.choice((None, 1, 2, 4, 6)),
            school_limit=chance.randint(1, 2) if limited else None,
            school_limit_until=LATER if limited else None,
            held_places=chance.randint(1, 3) if held else None,
            held_until=LATER if held else None,
        )
        for _ in range(chance.randint(1, 7)):
            named = chance.sample(schools, chance.randint(1, 2))
            state = chance.choice((BOOKED, OFFERED, WAITING, WAITING, CANCELLED))
            booking = make_booking(event, make_person(), *named, state=state)
            booking.for_new_school = held and chance.random() < 0.4
        (queue,) = place_queries.find_queues(event_queries.get_event(event.id, sa.true())).values()
        page, listed = left(event)
        assert page == listed
        if queue.room.capacity is not None:
            assert is_listed(event) == (page != 0)
        assert (event.id in due_queries.list_unsettled()) == bool(queue.choose())


def make_option(event: Event, starts_at: datetime, capacity: int | None) -> Option:
    """Another time to choose."""
    option = Option(event_id=event.id, position=1, mode=Mode.IN_PERSON, room_capacity=capacity)
    ends_at = starts_at + timedelta(hours=2)
    option.sessions.append(Session(starts_at=starts_at, ends_at=ends_at))
    event.starts_at, event.ends_at = min(event.starts_at, starts_at), max(event.ends_at, ends_at)
    db.session.add(option)
    db.session.flush()
    return option


@pytest.mark.parametrize("seed", range(4))
def test_and_so_it_is_of_several_times(app: Flask, seed: int) -> None:
    """Each has a last day of its own, and nothing is given of one that has begun."""
    chance = Random(seed)
    schools = [make_school() for _ in range(3)]
    moments = [NOON - timedelta(minutes=30), NOON + timedelta(hours=20), LATER, STARTS]
    for _ in range(12):
        limited, held = chance.random() < 0.6, chance.random() < 0.6
        first, *others = chance.sample(moments, chance.randint(1, 3))
        event = make_event(
            first,
            capacity=chance.choice((None, 1, 3)),
            school_limit=1 if limited else None,
            school_limit_until=LATER if limited else None,
            held_places=1 if held else None,
            held_until=LATER if held else None,
        )
        options = [option_of(event)]
        options += [make_option(event, at, chance.choice((1, 2, None))) for at in others]
        for _ in range(chance.randint(1, 6)):
            state, option = chance.choice((BOOKED, WAITING, WAITING)), chance.choice(options)
            named = chance.sample(schools, chance.randint(1, 2))
            booking = make_booking(event, make_person(), *named, state=state, option=option)
            booking.for_new_school = held and chance.random() < 0.4
        db.session.flush()
        loaded = event_queries.get_event(event.id, sa.true())
        queues = place_queries.find_queues(loaded)
        ahead = [one for one in loaded.options if one.starts_at > NOON]
        is_due = any(queues[one.id, Mode.IN_PERSON].choose() for one in ahead)
        assert (event.id in due_queries.list_unsettled()) == is_due


def test_whoever_waits_for_what_has_begun_is_asked_about_no_more(people: People) -> None:
    event = make_event(NOON - timedelta(minutes=30), capacity=1)
    make_booking(event, make_person(), people.school, state=WAITING)
    assert due_queries.list_unsettled() == []
