"""Booking, the waiting list and cancelling: the rules, by service and by request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.audit import list_changes
from cop_site.bookings.models import BookingSchool, BookingState
from cop_site.bookings.services import book_place, cancel_booking
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import EventState, Mode
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import (
    give_school_role,
    make_person,
    make_school_user,
)
from tests.factories.schools import make_school
from tests.support.outbox import kinds, states


class TestBookPlace:
    def test_with_a_place_left_books_it_and_names_school_and_role(self, people: People) -> None:
        event = make_event(capacity=1)
        booking = book_place(
            event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco)
        )
        assert booking.state is BookingState.BOOKED
        named = db.session.scalars(sa.select(BookingSchool)).one()
        assert (named.school_id, named.role) == (people.school.id, SchoolRoleKind.SENCO)
        assert [change.verb for change in list_changes("booking", booking.id)] == ["added"]
        assert kinds() == ["events/booking_confirmed"]

    def test_when_full_joins_the_waiting_list(self, people: People) -> None:
        event = make_event(capacity=1)
        make_booking(event, make_person(), people.school)
        booking = book_place(
            event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco)
        )
        assert booking.state is BookingState.WAITING
        assert booking.queued_at == NOON
        assert kinds() == ["events/waiting_list"]

    def test_an_offer_that_runs_uses_a_place_until_it_runs_out(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(capacity=1)
        make_booking(event, make_person(), people.school, state=BookingState.OFFERED)
        by = acting(people.senco)
        first = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        assert first.state is BookingState.WAITING
        cancel_booking(event.id, by=by)
        at(NOON + timedelta(days=3))
        again = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        assert again.state is BookingState.BOOKED
        assert again.id != first.id

    def test_without_limit_always_books(self, people: People) -> None:
        event = make_event(capacity=None)
        booking = book_place(
            event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco)
        )
        assert booking.state is BookingState.BOOKED

    def test_twice_gives_the_same_booking_and_one_message(self, people: People) -> None:
        event = make_event()
        by = acting(people.senco)
        first = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        second = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        assert first.id == second.id
        assert len(kinds()) == 1

    def test_hybrid_keeps_two_counts(self, people: People) -> None:
        event = make_event(mode=Mode.HYBRID, capacity=1, online_capacity=5)
        make_booking(event, make_person(), people.school)
        by = acting(people.senco)
        online = book_place(event.id, mode=Mode.ONLINE, school_ids=[people.school.id], by=by)
        assert online.state is BookingState.BOOKED
        room = book_place(
            event.id,
            mode=Mode.IN_PERSON,
            school_ids=[next(iter(acting(people.other).schools))],
            by=acting(people.other),
        )
        assert room.state is BookingState.WAITING

    @pytest.mark.parametrize("schools", [[], [999_999]])
    def test_for_no_school_of_theirs_is_refused(self, people: People, schools: list[int]) -> None:
        event = make_event()
        with pytest.raises(DomainError, match="Choose the school"):
            book_place(event.id, mode=None, school_ids=schools, by=acting(people.senco))

    def test_for_two_schools_takes_one_place(self, people: People) -> None:
        first, second = make_school(), make_school()
        user = make_school_user(first, second)
        event = make_event(capacity=1)
        booking = book_place(event.id, mode=None, school_ids=[first.id, second.id], by=acting(user))
        named = db.session.scalars(
            sa.select(BookingSchool.school_id).where(BookingSchool.booking_id == booking.id)
        )
        assert set(named) == {first.id, second.id}

    def test_after_the_start_is_refused(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event()
        at(event.starts_at)
        with pytest.raises(DomainError, match="has started"):
            book_place(event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco))

    @pytest.mark.parametrize(
        ("state", "error"),
        [(EventState.CANCELLED, DomainError), (EventState.DRAFT, NotFoundError)],
    )
    def test_of_what_is_not_on_is_refused(
        self, people: People, state: EventState, error: type[Exception]
    ) -> None:
        event = make_event(state=state)
        with pytest.raises(error):
            book_place(event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco))

    def test_who_has_left_by_then_is_told_and_gets_no_place(self, app: Flask) -> None:
        school, other, event = make_school("Elm"), make_school("Oak"), make_event()
        senco = make_school_user(other)
        person = db.session.get_one(Person, senco.person_id)
        day = clock.london_date(event.starts_at)
        role = give_school_role(person, school, ends_on=day - timedelta(days=1))
        for schools in ([school.id], [school.id, other.id]):
            with pytest.raises(DomainError, match="Your role at Elm ends on"):
                book_place(event.id, mode=None, school_ids=schools, by=acting(senco))
        role.ends_on = day
        db.session.flush()
        book_place(event.id, mode=None, school_ids=[school.id], by=acting(senco))
        assert states() == [BookingState.BOOKED]

    def test_a_second_role_there_that_goes_on_is_enough(self, app: Flask) -> None:
        school, event = make_school(), make_event()
        senco = make_school_user(school, role=SchoolRoleKind.TEACHER)
        person = db.session.get_one(Person, senco.person_id)
        give_school_role(person, school, ends_on=clock.today())
        book_place(event.id, mode=None, school_ids=[school.id], by=acting(senco))
        assert states() == [BookingState.BOOKED]


class TestCancelBooking:
    def test_gives_the_place_to_the_head_of_the_list(self, people: People) -> None:
        event = make_event(capacity=1)
        by = acting(people.senco)
        book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        first, second = make_person(), make_person()
        for person in (first, second):
            make_booking(event, person, people.school, state=BookingState.WAITING)
        assert cancel_booking(event.id, by=by) is True
        wanted = [BookingState.CANCELLED, BookingState.OFFERED, BookingState.WAITING]
        assert states() == wanted
        assert kinds()[1:] == ["events/booking_cancelled", "events/place_offered"]

    def test_twice_is_harmless(self, people: People) -> None:
        event = make_event()
        by = acting(people.senco)
        book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        assert cancel_booking(event.id, by=by) is True
        assert cancel_booking(event.id, by=by) is False
        assert kinds().count("events/booking_cancelled") == 1

    @pytest.mark.parametrize(("hours", "late"), [(25, False), (23, True)])
    def test_under_a_day_before_is_late_but_not_blocked(
        self, people: People, at: Callable[[datetime], None], hours: int, late: bool
    ) -> None:
        event = make_event()
        by = acting(people.senco)
        booking = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        at(event.starts_at - timedelta(hours=hours))
        cancel_booking(event.id, by=by)
        assert (booking.state, booking.cancelled_late) == (BookingState.CANCELLED, late)

    def test_leaving_the_waiting_list_is_never_late(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(capacity=0)
        by = acting(people.senco)
        booking = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        at(event.starts_at - timedelta(hours=1))
        cancel_booking(event.id, by=by)
        assert booking.cancelled_late is False

    def test_after_the_start_moves_nobody_up(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(capacity=1)
        by = acting(people.senco)
        book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        make_booking(event, make_person(), people.school, state=BookingState.WAITING)
        at(event.starts_at + timedelta(minutes=5))
        cancel_booking(event.id, by=by)
        assert states() == [BookingState.CANCELLED, BookingState.WAITING]

    def test_when_over_is_refused(self, people: People, at: Callable[[datetime], None]) -> None:
        event = make_event()
        by = acting(people.senco)
        book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        at(event.ends_at)
        with pytest.raises(DomainError, match="is over"):
            cancel_booking(event.id, by=by)
