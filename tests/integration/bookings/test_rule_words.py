"""What somebody whom a rule stops reads: before they book, and while they wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import pytest

from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import Event
from tests.conftest import NOON
from tests.factories.event_people import People
from tests.factories.events import (
    make_booking,
    make_event,
    make_mark,
    make_register,
    session_of,
)
from tests.factories.people import make_person, make_service_user
from tests.support.client import GatedClient
from tests.support.outbox import letters
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only
STARTS, LATER = NOON + timedelta(days=20), NOON + timedelta(days=6)
HELD = "10 free places, kept for schools new this year"


class TestHeldForNewSchools:
    @pytest.fixture
    def event(self, people: People) -> Event:
        """All of its places are held, and the SENCO's school came to something already."""
        past = make_event(NOON - timedelta(days=10))
        make_mark(make_register(session_of(past)), make_person(), people.school)
        event = make_event(STARTS, capacity=10, held_places=10, held_until=LATER)
        db.session.commit()
        return event

    def test_who_is_not_new_reads_that_they_would_wait(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        page = client.get(f"/events/{event.id}").text
        assert HELD in page
        assert "Full" not in page
        assert "meter--full" not in page
        assert "Join the waiting list" in page
        assert "Book a place" not in page
        assert HELD in client.get("/events").text
        assert event.title not in client.get("/events?places=1").text

    def test_who_is_new_reads_that_there_are_places(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.other)
        page = client.get(f"/events/{event.id}").text
        assert "10 of 10 places left" in page
        assert "Book a place" in page

    def test_the_lead_reads_how_many(self, event: Event, client: GatedClient) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        assert HELD in client.get(f"/events/{event.id}").text

    def test_who_waits_reads_why_and_not_that_a_place_is_coming(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        page = client.get(f"/events/{event.id}").text
        assert "You are on the waiting list" in page
        assert "A place has come free" not in page
        assert "Free places are kept for schools that have come to no event" in page
        assert "until 16 November 2026" in page


class TestLimitForASchool:
    @pytest.fixture
    def event(self, people: People) -> Event:
        event = make_event(STARTS, capacity=5, school_limit=1, school_limit_until=LATER)
        make_booking(event, make_person(), people.school)
        db.session.commit()
        return event

    def test_is_said_before_booking_and_while_waiting(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        said = "Your school already has its 1 place. The limit ends on 16 November 2026."
        client.sign_in(people.senco)
        page = client.get(f"/events/{event.id}").text
        assert said in page
        assert "Join the waiting list" in page
        client.send(f"/events/{event.id}/booking")
        page = client.get(f"/events/{event.id}").text
        assert said in page
        assert "A place has come free" not in page

    def test_others_book_as_ever(self, event: Event, people: People, client: GatedClient) -> None:
        make_booking(event, make_person(), people.school, state=BookingState.WAITING)
        client.sign_in(people.other)
        page = client.get(f"/events/{event.id}").text
        assert "already has" not in page
        assert "Book a place" in page


class TestBookingColleagues:
    """The page, the answer, My bookings and the mail say the same."""

    TEACHER: Final[dict[str, Any]] = {
        "name_1": "New Teacher",
        "email_1": "new@alder.example",
        "role_1": "teacher",
    }

    def book(self, client: GatedClient, event: Event) -> str:
        answer = client.send(f"/events/{event.id}/colleagues", **self.TEACHER)
        return client.get(answer.location).text

    def test_says_which_limit_and_until_when(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS, capacity=5, school_limit=2, school_limit_until=LATER)
        make_booking(event, make_person(), people.school)
        client.sign_in(people.senco)
        address = f"/events/{event.id}/colleagues"
        assert "Your school has 1 of its 2 places." in client.get(address).text
        make_booking(event, make_person(), people.school)
        said = "Your school already has its 2 places. The limit ends on 16 November 2026."
        page = self.book(client, event)
        assert f"1 person is on the waiting list. {said} Each is told by email." in page
        assert f'govuk-!-margin-bottom-0">{said}' in page
        (mail,) = letters()
        assert f"put you on the waiting list for {event.title}. {said}" in mail
        assert "no free place" not in mail

    def test_says_for_whom_places_are_kept(self, people: People, client: GatedClient) -> None:
        past = make_event(NOON - timedelta(days=10))
        make_mark(make_register(session_of(past)), make_person(), people.school)
        event = make_event(STARTS, capacity=10, held_places=10, held_until=LATER)
        client.sign_in(people.senco)
        said = "Free places are kept for schools that have come to no event this school year"
        page = self.book(client, event)
        assert f"1 person is on the waiting list. {said}, until 16 November 2026." in page
        assert said in letters()[0]

    def test_who_waits_for_a_place_to_come_free_reads_no_rule(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(STARTS, capacity=1, school_limit=2, school_limit_until=LATER)
        make_booking(event, make_person(), people.school)
        client.sign_in(people.senco)
        assert "1 person is on the waiting list. Each is told" in self.book(client, event)
        assert f"There is no free place at {event.title} yet." in letters()[0]

    @pytest.mark.parametrize("count", [1, 5])
    def test_my_bookings_ask_for_all_rules_at_once(
        self, people: People, client: GatedClient, count: int
    ) -> None:
        senco = db.session.get_one(Person, people.senco.person_id)
        for _ in range(count):
            event = make_event(STARTS, school_limit=1, school_limit_until=LATER)
            make_booking(event, make_person(), people.school)
            make_booking(event, senco, people.school, state=BookingState.WAITING)
        client.sign_in(people.senco)
        with count_statements() as sent:
            page = client.get("/bookings").text
        assert page.count("Your school already has its 1 place") == count
        assert len(sent) <= 12
