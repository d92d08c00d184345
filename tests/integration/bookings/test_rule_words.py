"""What somebody whom a rule stops reads: before they book, and while they wait."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site.accounts.models import ServiceRoleKind
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
