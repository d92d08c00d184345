"""The page of booking rules, and what they change on the event's page and the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.events.models import Event, EventState, Mode
from tests.conftest import NOON
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person
from tests.factories.schools import make_school
from tests.support.client import GatedClient
from tests.support.pages import hidden
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only

STARTS = NOON + timedelta(days=20)
FORM: dict[str, Any] = {
    "opens_on": ["12", "11", "2026"],
    "opens": "9am",
    "closes_on": ["27", "11", "2026"],
    "closes": "17:00",
    "offer_days": "3",
    "school_limit": "2",
    "school_limit_ends_on": ["20", "11", "2026"],
    "held_places": "4",
    "held_ends_on": ["23", "11", "2026"],
}


def _send(client: GatedClient, event: Event, **fields: Any) -> Any:
    page = client.get(f"/events/{event.id}/rules").text
    seen = hidden(page, "seen")
    return client.send(f"/events/{event.id}/rules", seen=seen, **{**FORM, **fields})


class TestThePage:
    def test_saves_every_rule_and_shows_it_again(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        client.sign_in(people.ep)
        assert "Booking rules" in client.get(f"/events/{event.id}").text
        assert _send(client, event).status_code == 303
        db.session.refresh(event)
        assert event.booking_opens_at == datetime(2026, 11, 12, 9, tzinfo=UTC)
        assert (event.offer_days, event.school_limit, event.held_places) == (3, 2, 4)
        assert event.held_until == datetime(2026, 11, 23, tzinfo=UTC)
        assert list_changes("event", event.id)[-1].verb == "booking rules changed"
        assert 'value="5pm"' in client.get(f"/events/{event.id}/rules").text

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"opens": ""}, "Enter when booking opens"),
            ({"closes_on": ["", "", ""]}, "Enter the day booking closes"),
            ({"closes_on": ["11", "11", "2026"]}, "Booking must close after it opens"),
            (
                {"offer_days": "11"},
                "take up an offer: enter a whole number from 1 to 10",
            ),
            ({"offer_days": ""}, "Enter how many school days an offer is kept"),
            ({"school_limit": "0"}, "Most places for one school: enter a whole number from 1"),
            ({"school_limit": ""}, "Enter how many places a school can have"),
            ({"held_ends_on": ["", "", ""]}, "Enter the day until which they are kept"),
            (
                {"held_ends_on": ["1", "12", "2026"]},
                "Places can only be kept until a day before",
            ),
            ({"held_places": "21"}, "There are only 20 places. Enter 20 or fewer"),
            ({"closes_on": ["1", "12", "2026"]}, "Booking must close by the time the event starts"),
        ],
    )
    def test_what_does_not_fit_is_said_and_the_rest_kept(
        self, people: People, client: GatedClient, fields: dict[str, Any], sentence: str
    ) -> None:
        event = make_event(STARTS)
        client.sign_in(people.ep)
        answer = _send(client, event, **fields)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'value="17:00"' in answer.text

    def test_no_more_are_kept_than_the_smaller_of_room_and_online_has(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(STARTS, mode=Mode.HYBRID, capacity=20, online_capacity=3)
        client.sign_in(people.ep)
        assert "has only 3 places. Enter 3 or fewer" in _send(client, event).text
        assert _send(client, event, held_places="3").status_code == 303

    def test_a_second_editor_sees_both(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        client.sign_in(people.ep)
        answer = client.send(f"/events/{event.id}/rules", **FORM, seen="of another day")
        assert answer.status_code == 422
        assert "What was saved meanwhile" in answer.text
        assert 'value="17:00"' in answer.text


class TestTheEventPage:
    def test_says_when_booking_opens_and_offers_no_button(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(STARTS, booking_opens_at=datetime(2026, 11, 12, 9, tzinfo=UTC))
        client.sign_in(people.senco)
        page = client.get(f"/events/{event.id}").text
        assert "Booking opens on Thursday 12 November 2026" in page
        assert "Come back at 9am." in page
        assert "Book a place" not in page
        assert "Booking opens on 12 Nov" in client.get("/events").text
        assert client.send(f"/events/{event.id}/booking").status_code == 422

    def test_of_a_draft_says_its_rules_to_whoever_runs_it_and_in_the_preview(
        self, people: People, client: GatedClient
    ) -> None:
        opens, closes = datetime(2026, 11, 12, 9, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC)
        event = make_event(
            STARTS,
            state=EventState.DRAFT,
            booking_opens_at=opens,
            booking_closes_at=closes,
        )
        client.sign_in(people.ep)
        page = client.get(f"/events/{event.id}").text
        assert "Booking opens on Thursday 12 November 2026 at 9am." in page
        for url in ("", "/preview"):
            page = client.get(f"/events/{event.id}{url}").text
            assert "Booking closes at midnight on 27 November 2026." in page
        assert "with a form to book" not in page

    def test_says_that_it_has_closed_and_whom_to_ask(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(STARTS, booking_closes_at=NOON)
        client.sign_in(people.senco)
        page = client.get(f"/events/{event.id}").text
        assert "Booking has closed" in page
        assert "ask whoever runs it" in page
        assert "Booking has closed" in client.get("/events").text

    def test_says_the_rules_that_hold_and_no_longer_once_they_end(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        until = datetime(2026, 11, 20, tzinfo=UTC)
        event = make_event(
            STARTS, school_limit=2, school_limit_until=until, held_places=1, held_until=until
        )
        client.sign_in(people.senco)
        page = client.get(f"/events/{event.id}").text
        assert "Before 20 November 2026, a school can have 2 places." in page
        assert "come to no event this school year: 1." in page
        at(until)
        client.sign_in(people.senco)
        assert "Before 20 November" not in client.get(f"/events/{event.id}").text

    def test_with_only_held_places_left_a_place_can_still_be_booked(
        self, people: People, client: GatedClient
    ) -> None:
        until = NOON + timedelta(days=5)
        event = make_event(STARTS, capacity=2, held_places=1, held_until=until)
        make_booking(event, make_person(), make_school())
        client.sign_in(people.senco)
        page = client.get(f"/events/{event.id}").text
        assert "1 place left" in page
        assert "Book a place" in page
        client.send(f"/events/{event.id}/booking")
        assert "You have a place" in client.get(f"/events/{event.id}").text

    def test_with_rules_takes_no_more_statements(self, people: People, client: GatedClient) -> None:
        until = NOON + timedelta(days=5)
        event = make_event(
            STARTS, school_limit=1, school_limit_until=until, held_places=1, held_until=until
        )
        for _ in range(3):
            make_booking(event, make_person(), people.school)
        client.sign_in(people.senco)
        client.get(f"/events/{event.id}")
        with count_statements() as sent:
            client.get(f"/events/{event.id}")
        assert len(sent) <= 6, sent
