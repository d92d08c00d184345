"""Where an event is, how to get in, and who reads it."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.audit import list_changes
from cop_site.bookings.reminder_services import WEEK, remind
from cop_site.db import db
from cop_site.events.models import Mode, Session
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import services as planning_services
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_booking, make_event, session_of
from tests.factories.people import make_person
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only

ADDRESS = "1 Market Street & Yard, Larkton LK1 2AB"
NOTES = "Step-free by the side door.\nHearing loop."
FORM: dict[str, Any] = {
    "kind": "cpd",
    "title": "Annual reviews",
    "cluster_id": "",
    "day": ["27", "11", "2026"],
    "starts": "1:30pm",
    "ends": "3:30pm",
    "mode": "in_person",
    "venue": "Larkton Library",
    "address": ADDRESS,
    "access_notes": NOTES,
    "version": "1",
}


def _newest() -> str:
    row = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert row is not None
    body = compose(row).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def _page_of_new(client: GatedClient, people: People, **fields: str) -> tuple[str, str]:
    client.sign_in(people.ep)
    url = client.send("/events/new", **{**FORM, **fields}).location
    client.send(f"{url}/publish", version="1")
    client.sign_in(people.senco)
    return url, client.get(url).text


class TestThePage:
    def test_shows_the_address_a_map_and_how_to_get_in(
        self, people: People, client: GatedClient
    ) -> None:
        _url, page = _page_of_new(client, people)
        assert "1 Market Street &amp; Yard, Larkton LK1 2AB" in page
        query = "1%20Market%20Street%20%26%20Yard%2C%20Larkton%20LK1%202AB"
        assert f'href="https://www.openstreetmap.org/search?query={query}"' in page
        assert ">Map of Larkton Library</a>" in page
        assert "Step-free by the side door." in page

    def test_of_an_online_event_has_neither(self, people: People, client: GatedClient) -> None:
        _url, page = _page_of_new(client, people, mode="online", venue="")
        assert "openstreetmap" not in page
        assert "side door" not in page

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("address", "x" * 301, "Use 300 characters or fewer"),
            ("access_notes", "x" * 501, "Use 500 characters or fewer"),
            ("access_notes", "Sam Lee, Year 4, needs the ramp", "Take it out, or tick the box"),
        ],
    )
    def test_what_does_not_fit_is_said_at_the_field(
        self, people: People, client: GatedClient, field: str, value: str, sentence: str
    ) -> None:
        client.sign_in(people.ep)
        answer = client.send("/events/new", **{**FORM, field: value})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert value in answer.text


class TestWhoComesIsTold:
    def test_by_the_confirmation_the_calendar_and_the_reminder(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(address=ADDRESS, access_notes=NOTES)
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        said = _newest()
        assert f"Town Hall\n{ADDRESS}" in said
        assert "Getting in: Step-free by the side door.\nHearing loop." in said
        lines = client.get(f"/events/{event.id}/calendar.ics").text.replace("\r\n ", "")
        assert "LOCATION:Town Hall\\, 1 Market Street & Yard\\, Larkton LK1 2AB" in lines
        db.session.execute(sa.text("UPDATE booking SET place_given_at = '2026-11-01 09:00:00'"))
        assert remind(event.id, session_of(event).id, WEEK) == 1
        said = _newest()
        assert f"Town Hall\n{ADDRESS}" in said
        assert "Getting in: Step-free by the side door." in said

    def test_online_neither_is_said(self, people: People, client: GatedClient) -> None:
        event = make_event(mode=Mode.HYBRID, address=ADDRESS, access_notes=NOTES)
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking", mode="online")
        said = _newest()
        assert "Market Street" not in said
        assert "Getting in" not in said

    def test_of_another_address_with_a_newer_calendar_entry(self, people: People) -> None:
        event = make_event(address=ADDRESS)
        make_booking(event, make_person(email="a@a.example"), people.school)
        details = changed_details(event, address="2 Mill Lane", access_notes="Ring the bell")
        planning_services.edit_event(event.id, 1, details, by=acting(people.ep))
        assert "The address is now 2 Mill Lane." in _newest()
        assert event.sequence == 1

    def test_of_another_way_in_and_what_it_was(self, people: People) -> None:
        event = make_event(access_notes="Step-free, lift")
        make_booking(event, make_person(email="a@a.example"), people.school)
        details = changed_details(event, access_notes="No lift: two flights of stairs")
        assert planning_services.edit_event(event.id, 1, details, by=acting(people.ep)) == 1
        said = "It was:\nStep-free, lift\nIt is now:\nNo lift: two flights of stairs"
        assert f"Getting in has changed. {said}" in _newest()
        assert "two flights" not in str(list_changes("event", event.id)[-1].now)
        assert db.session.scalars(sa.select(Session.access_notes)).one() == details.access_notes

    @pytest.mark.parametrize(
        ("was", "now", "said"),
        [
            ("", "Ring the bell", "Getting in: Ring the bell"),
            ("Ring the bell", "", "What was said of getting in holds no more: Ring the bell"),
        ],
    )
    def test_of_a_way_in_that_is_new_or_gone(
        self, people: People, was: str, now: str, said: str
    ) -> None:
        event = make_event(access_notes=was)
        make_booking(event, make_person(email="a@a.example"), people.school)
        details = changed_details(event, access_notes=now)
        planning_services.edit_event(event.id, 1, details, by=acting(people.ep))
        assert said in _newest()

    def test_of_another_way_in_only_who_comes_to_the_room(self, people: People) -> None:
        event = make_event(mode=Mode.HYBRID)
        for mode in (Mode.IN_PERSON, Mode.ONLINE):
            person = make_person(email=f"{mode}@a.example")
            make_booking(event, person, people.school, mode=mode)
        by = acting(people.ep)
        details = changed_details(event, access_notes="Ring the bell")
        assert planning_services.edit_event(event.id, 1, details, by=by) == 1
        assert db.session.scalars(sa.select(OutboxMessage.recipient)).all() == [
            "in_person@a.example"
        ]
        details = changed_details(event, title="Another", access_notes="No bell")
        assert planning_services.edit_event(event.id, 2, details, by=by) == 2
        assert "Getting in" not in _newest()
