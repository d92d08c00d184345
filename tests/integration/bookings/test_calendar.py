"""Calendar files, read back by the library and by line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from icalendar import Calendar

from cop_site.bookings.message_services import file_name
from cop_site.db import db
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import services as planning_services
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_event
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only


def _entry(client: GatedClient, event_id: int) -> Any:
    answer = client.get(f"/events/{event_id}/calendar.ics")
    assert answer.mimetype == "text/calendar"
    return Calendar.from_ical(answer.data).walk("VEVENT")[0]


def _newest() -> OutboxMessage:
    return db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()  # type: ignore[return-value]


def _mailed() -> int:
    return int(_newest().context["calendar"]["sequence"])


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
        planning_services.edit_event(
            event.id, 1, changed_details(event, venue="Hall"), by=acting(people.ep)
        )
        after = _entry(client, event.id)
        assert before["UID"] == after["UID"]
        assert (before["SEQUENCE"], after["SEQUENCE"]) == (0, 1)

    def test_its_number_only_grows_for_a_person(self, people: People, client: GatedClient) -> None:
        """Outlook takes no notice of an entry that is not newer than the one it has."""
        event = make_event()
        client.sign_in(people.senco)
        said = [int(_entry(client, event.id)["SEQUENCE"])]
        for _ in range(2):
            client.send(f"/events/{event.id}/booking")
            said.append(_mailed())
            assert _entry(client, event.id)["SEQUENCE"] == said[-1]
            client.send(f"/events/{event.id}/booking/cancel")
            said.append(_mailed())
            assert _entry(client, event.id)["SEQUENCE"] == said[-1]
        client.send(f"/events/{event.id}/booking")
        said.append(_mailed())
        planning_services.edit_event(
            event.id, 1, changed_details(event, venue="Hall"), by=acting(people.ep)
        )
        said.append(_mailed())
        planning_services.cancel_event(event.id, "Snow", by=acting(people.ep))
        said.append(_mailed())
        assert said == sorted(set(said)), "each is higher than the one before"

    def test_is_named_after_the_event(self, people: People, client: GatedClient) -> None:
        event = make_event(title="SENCO network: from plan to practice")
        client.sign_in(people.senco)
        name = "senco-network-from-plan-to-practice.ics"
        answer = client.get(f"/events/{event.id}/calendar.ics")
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
        client.send(f"/events/{event.id}/booking")
        (attached,) = compose(_newest()).iter_attachments()
        assert attached.get_filename() == name

    @pytest.mark.parametrize(
        ("title", "name"),
        [
            ("Zoë’s café", "zoes-cafe.ics"),
            ('"; evil="x', "evil-x.ics"),
            ("שלום", "event.ics"),
            ("../../etc/passwd", "etc-passwd.ics"),
        ],
    )
    def test_its_name_is_plain_whatever_the_title(self, title: str, name: str) -> None:
        assert file_name(title) == name
        assert len(file_name("a" * 200)) < 70

    def test_of_a_cancelled_event_takes_the_entry_away(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        planning_services.cancel_event(event.id, "Snow", by=acting(people.ep))
        client.sign_in(people.senco)
        answer = client.get(f"/events/{event.id}/calendar.ics").text
        assert "METHOD:CANCEL" in answer
        assert "STATUS:CANCELLED" in answer

    def test_a_title_cannot_add_lines(self, people: People, client: GatedClient) -> None:
        event = make_event(title="Talk\r\nATTENDEE:mailto:x@evil.example; a, b")
        client.sign_in(people.senco)
        entry = _entry(client, event.id)
        assert "ATTENDEE" not in entry
