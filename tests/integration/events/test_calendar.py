"""Calendar files, read back by the library and by line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from icalendar import Calendar

from cop_site.events import services
from tests.factories.acting import acting
from tests.factories.events import make_event
from tests.integration.events.conftest import People
from tests.integration.events.test_events import _changed
from tests.support.client import GatedClient


def _entry(client: GatedClient, event_id: int) -> Any:
    answer = client.get(f"/events/{event_id}/calendar.ics")
    assert answer.mimetype == "text/calendar"
    return Calendar.from_ical(answer.data).walk("VEVENT")[0]


class TestCalendarFile:
    @pytest.mark.parametrize(
        ("utc", "wall"),
        [
            (datetime(2026, 11, 26, 13, 30, tzinfo=UTC), "20261126T133000"),
            (datetime(2027, 3, 29, 12, 30, tzinfo=UTC), "20270329T133000"),
        ],
    )
    def test_says_london_time_on_both_sides_of_the_clock_change(
        self, people: People, client: GatedClient, utc: datetime, wall: str
    ) -> None:
        event = make_event(utc)
        client.sign_in(people.senco)
        answer = client.get(f"/events/{event.id}/calendar.ics").text
        assert f"DTSTART;TZID=Europe/London:{wall}" in answer
        assert "BEGIN:VTIMEZONE" in answer

    def test_keeps_its_uid_and_counts_changes(self, people: People, client: GatedClient) -> None:
        event = make_event()
        client.sign_in(people.senco)
        before = _entry(client, event.id)
        services.edit_event(event.id, 1, _changed(event, venue="Hall"), by=acting(people.ep))
        after = _entry(client, event.id)
        assert before["UID"] == after["UID"]
        assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)

    def test_of_a_cancelled_event_takes_the_entry_away(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        services.cancel_event(event.id, "Snow", by=acting(people.ep))
        client.sign_in(people.senco)
        answer = client.get(f"/events/{event.id}/calendar.ics").text
        assert "METHOD:CANCEL" in answer
        assert "STATUS:CANCELLED" in answer

    def test_a_title_cannot_add_lines(self, people: People, client: GatedClient) -> None:
        event = make_event(title="Talk\r\nATTENDEE:mailto:x@evil.example; a, b")
        client.sign_in(people.senco)
        entry = _entry(client, event.id)
        assert "ATTENDEE" not in entry
