"""Forms about an event that are sent twice: the second is answered as the first was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import ServiceRoleKind
from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.events.models import Event, EventKind, Mode, Session
from cop_site.planning import programme_services, services
from cop_site.planning.programme_services import SessionDetails
from cop_site.planning.services import EventDetails
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_event
from tests.factories.people import make_service_user
from tests.support.client import GatedClient
from tests.support.pages import hidden
from tests.support.race import race

STARTS = NOON + timedelta(days=20)
NEW: dict[str, Any] = {
    "kind": "cpd",
    "title": "Spring day",
    "day": ["30", "11", "2026"],
    "starts": "9:30am",
    "ends": "11am",
    "mode": "in_person",
    "venue": "Library",
}
DATE: dict[str, Any] = {name: NEW[name] for name in ("day", "starts", "ends", "venue")}


def send_twice(client: GatedClient, address: str, **fields: Any) -> str:
    """The page after the second of two that were sent from the same form."""
    seen = hidden(client.get(address).text, "seen")
    for _ in range(2):
        answer = client.send(address, seen=seen, **fields)
        assert answer.status_code == 303
    return client.get(answer.location).text


def verbs(event: Event) -> list[str]:
    return [change.verb for change in list_changes("event", event.id)]


@pytest.mark.sqlite_only
class TestPages:
    def test_a_new_event_is_one_draft(self, people: People, client: GatedClient) -> None:
        client.sign_in(people.ep)
        key = hidden(client.get("/events/new").text, "key")
        given = {client.send("/events/new", **NEW, key=key).location for _ in range(3)}
        assert len(given) == 1
        other = client.send("/events/new", **{**NEW, "title": "Another"}, key=key).location
        assert other not in given
        again = client.send("/events/new", **NEW, key=hidden(client.get("/events/new").text, "key"))
        assert again.location not in {*given, other}

    def test_an_event_is_edited_once(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        client.sign_in(people.ep)
        page = f"/events/{event.id}/edit"
        version = hidden(client.get(page).text, "version")
        for _ in range(2):
            answer = client.send(page, **NEW, version=version)
            assert answer.status_code == 303
        assert verbs(event).count("changed") == 1

    def test_booking_rules_are_saved_once(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        client.sign_in(people.ep)
        page = f"/events/{event.id}/rules"
        limit = {"school_limit": "2", "school_limit_ends_on": ["20", "11", "2026"]}
        shown = send_twice(client, page, offer_days="3", **limit)
        assert "The booking rules are saved." in shown
        assert verbs(event).count("booking rules changed") == 1

    def test_a_date_is_changed_once(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        session_id = event.options[0].sessions[0].id
        client.sign_in(people.ep)
        shown = send_twice(client, f"/events/{event.id}/dates/{session_id}", **DATE)
        assert "The date is changed." in shown
        assert verbs(event).count("date changed") == 1

    def test_places_are_changed_once(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        client.sign_in(people.ep)
        page = f"/events/{event.id}/options/{event.options[0].id}"
        shown = send_twice(client, page, mode="in_person", room_capacity="7")
        assert "Saved." in shown
        assert verbs(event).count("time to choose changed") == 1

    def test_a_date_is_taken_off_once(self, people: People, client: GatedClient) -> None:
        event = make_event(STARTS)
        at = STARTS + timedelta(days=7)
        more = SessionDetails(at, at + timedelta(hours=1), "Library", "")
        first = event.options[0].id
        added = programme_services.add_session(event.id, first, more, by=acting(people.ep))
        db.session.commit()
        client.sign_in(people.ep)
        address = f"/events/{event.id}/dates/{added.id}/remove"
        for _ in range(2):
            answer = client.send(address)
            assert "The date is taken off." in client.get(answer.location).text
        assert db.session.scalars(sa.select(sa.func.count(Session.id))).one() == 1

    def test_what_somebody_else_saved_is_still_shown_beside_it(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(STARTS)
        client.sign_in(people.ep)
        page = f"/events/{event.id}/rules"
        seen = hidden(client.get(page).text, "seen")
        assert client.send(page, seen=seen, offer_days="3").status_code == 303
        answer = client.send(page, seen=seen, offer_days="4")
        assert answer.status_code == 422
        assert "What was saved meanwhile" in answer.text


@pytest.mark.thorough
def test_five_clicks_at_once_make_one_draft(committed_app: Flask) -> None:
    by = acting(make_service_user(ServiceRoleKind.EP))
    db.session.commit()
    details = EventDetails(
        kind=EventKind.CPD,
        title="Spring day",
        description="",
        cluster_id=None,
        starts_at=STARTS,
        ends_at=STARTS + timedelta(hours=2),
        mode=Mode.IN_PERSON,
        venue="Library",
        join_link="",
        room_capacity=20,
        online_capacity=None,
    )

    def click() -> int:
        with transaction():
            return services.create_event(details, by=by, key="form").id

    given = race(committed_app, [click] * 5)
    assert len(set(given)) == 1 and isinstance(given[0], int), given
