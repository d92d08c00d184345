"""What whoever books for their school reads: rules and numbers before, whose place it is after."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from cop_site.accounts.models import SchoolRoleKind
from cop_site.bookings.colleague_services import let_go_unnamed
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.events.models import Event, Mode
from tests.conftest import NOON
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import give_school_role, make_person, make_user
from tests.support.client import GatedClient
from tests.support.outbox import letters

pytestmark = pytest.mark.sqlite_only
STARTS, LATER = NOON + timedelta(days=20), NOON + timedelta(days=6)
NEW: dict[str, Any] = {"name_1": "New Teacher", "email_1": "new@alder.example", "role_1": "teacher"}


class TestBefore:
    def test_rules_and_numbers_are_said(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS, capacity=9, school_limit=1, school_limit_until=LATER)
        make_booking(event, make_person(), people.school)
        client.sign_in(people.senco)
        page = client.get(f"/events/{event.id}/colleagues").text
        assert "8 of 9 places left" in page
        assert "Before 16 November 2026, a school can have 1 place." in page
        assert "Your school already has its 1 place." in page
        answer = client.send(f"/events/{event.id}/colleagues", unnamed="1")
        assert "The booking rules leave too few places for your school." in answer.text

    def test_room_and_online_are_said_apart(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS, capacity=3, mode=Mode.HYBRID)
        client.sign_in(people.senco)
        for address in (f"/events/{event.id}", f"/events/{event.id}/colleagues"):
            page = client.get(address).text
            assert "In person. 3 places left" in page
            assert "Online. Places for everyone" in page
        page = client.get("/events").text
        assert "3 of 3 places left in the room" in page
        assert "Places for everyone online" in page

    @pytest.mark.parametrize(
        "closed", [{"booking_opens_at": LATER}, {"booking_closes_at": NOON}], ids=["early", "late"]
    )
    def test_is_not_offered_while_booking_is_closed(
        self, people: People, client: GatedClient, closed: dict[str, Any]
    ) -> None:
        event = make_event(STARTS, **closed)
        client.sign_in(people.senco)
        assert "Book for colleagues" not in client.get(f"/events/{event.id}").text
        answer = client.get(f"/events/{event.id}/colleagues")
        assert (answer.status_code, answer.location) == (303, f"/events/{event.id}")

    def test_all_that_is_missing_is_said_at_once(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS, mode=Mode.HYBRID)
        client.sign_in(people.senco)
        page = client.send(f"/events/{event.id}/colleagues", unnamed="").text
        assert "Choose at least one person" in page
        assert "Choose how they will take part" in page


class TestToBeConfirmed:
    def test_a_place_stays_where_the_event_moved_before_it_was_let_go(self, people: People) -> None:
        event = make_event(NOON + timedelta(days=30), capacity=5)
        booking = make_booking(event, make_person("To be confirmed", None), people.school)
        booking.is_unnamed = True
        db.session.commit()
        # As if it had been within two days when the worker listed it.
        let_go_unnamed(event.id, booking.id)
        assert booking.is_live

    @pytest.fixture
    def event(self, people: People) -> Event:
        event = make_event(STARTS)
        db.session.commit()
        return event

    def test_nobody_is_said_to_be_told(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        answer = client.send(f"/events/{event.id}/colleagues", unnamed="2")
        page = client.get(answer.location).text
        assert "You have 2 places for people to be confirmed. Say who comes by two days" in page
        assert "told by email" not in page
        assert "You have a place" not in page
        answer = client.send(f"/events/{event.id}/colleagues", unnamed="1", **NEW)
        page = client.get(answer.location).text
        assert "Booked for 1 person. Each is told by email. You have 1 place for" in page
        assert "Has a place" in page

    def test_naming_somebody_is_no_exchange(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/colleagues", unnamed="1")
        booking = db.session.query(Booking).one()
        address = f"/bookings/{booking.id}/substitute"
        page = client.send(address).text
        assert "Choose who comes" in page
        assert "instead" not in page
        answer = client.send(address, person_id="new", **NEW)
        page = client.get(answer.location).text
        assert "You have said who comes. They are told by email." in page


class TestWhatTheyNeed:
    """It is theirs to say, so whoever books is told so, and they are told where."""

    @pytest.mark.parametrize("has_account", [True, False])
    def test_is_asked_in_the_mail(
        self, people: People, client: GatedClient, has_account: bool
    ) -> None:
        event = make_event(STARTS)
        colleague = make_person("Cody Colleague")
        give_school_role(colleague, people.school, SchoolRoleKind.TEACHER)
        if has_account:
            make_user(colleague)
        db.session.commit()
        client.sign_in(people.senco)
        page = f"/events/{event.id}/colleagues"
        assert "Each of them says what they need to take part" in client.get(page).text
        client.send(page, person_ids=[str(colleague.id)], unnamed="")
        (letter,) = letters("events/booking_confirmed")
        assert f"/events/{event.id}/booking/needs" in letter
        assert ("after you sign in" in letter) is has_account
        assert ("ask your SENCO or school office to invite you" in letter) is not has_account

    def test_is_asked_on_the_page_of_who_books_for_themselves(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(STARTS)
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        assert "Tell us what you need" in client.get(f"/events/{event.id}").text
        (letter,) = letters("events/booking_confirmed")
        assert "/booking/needs" not in letter
