"""The files that people are mailed, read by a parser of another make.

vobject only reads them. What a calendar does with an entry, by UID and SEQUENCE, is written here
after RFC 5546: this shows that the files say it, not what Outlook or Google make of them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import vobject  # type: ignore[import-untyped]
from flask import Flask

from cop_site import clock
from cop_site.bookings import services as booking_services
from cop_site.db import db
from cop_site.events import queries as event_queries
from cop_site.events.models import Event
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import services as planning_services
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import changed_details, make_event

HOUR = timedelta(hours=1)


@dataclass
class Elsewhere:
    """Somebody's calendar: an entry by its UID, replaced only by one with a higher SEQUENCE."""

    entries: dict[str, Any] = field(default_factory=dict)
    files: int = 0

    def take_mail(self) -> None:
        """Open every attached file that has not been opened yet, in the order they were sent."""
        attached = list_mailed()
        for text in attached[self.files :]:
            self.open(text)
        self.files = len(attached)

    def open(self, text: str) -> None:
        for component in vobject.readComponents(text, validate=True):
            for entry in component.vevent_list:
                self.take(str(component.method.value), entry)

    def take(self, method: str, entry: Any) -> None:
        uid, sequence = entry.uid.value, int(entry.sequence.value)
        known = self.entries.get(uid)
        if known is not None and sequence <= int(known.sequence.value):
            return
        is_off = method == "CANCEL" or entry.status.value == "CANCELLED"
        self.entries[uid] = entry
        entry.is_off = is_off

    @property
    def on(self) -> list[Any]:
        return [entry for entry in self.entries.values() if not entry.is_off]


def list_mailed() -> list[str]:
    """Every calendar file that was mailed, in order."""
    rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)).all()
    attached = [part for row in rows for part in compose(row).iter_attachments()]
    raw: list[Any] = [part.get_payload(decode=True) for part in attached]
    return [one.decode() for one in raw]


def begins(entry: Any) -> datetime:
    moment: datetime = entry.dtstart.value
    return moment


def book(event: Event, people: People) -> None:
    by = acting(people.senco)
    booking_services.book_place(event.id, mode=None, school_ids=[people.school.id], by=by)


def move(event: Event, people: People, starts_at: datetime) -> None:
    version = event_queries.get_event(event.id, sa.true()).version
    details = changed_details(event, starts_at=starts_at, ends_at=starts_at + 2 * HOUR)
    planning_services.edit_event(event.id, version, details, by=acting(people.ep))


def london(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, 9, 30, tzinfo=clock.LONDON)


@pytest.mark.parametrize(
    ("first", "then"),
    [
        (london(2027, 3, 25), london(2027, 3, 30)),
        (london(2027, 10, 28), london(2027, 11, 4)),
        (london(2027, 10, 29), london(2027, 11, 1)),
    ],
    ids=["into summer time", "into and within winter", "out of summer time"],
)
def test_opened_moved_and_called_off_across_a_clock_change(
    people: People, at: Callable[[datetime], None], first: datetime, then: datetime
) -> None:
    at(first - timedelta(days=20))
    calendar, event = Elsewhere(), make_event(first)
    book(event, people)
    calendar.take_mail()
    (entry,) = calendar.on
    assert begins(entry) == first
    assert (begins(entry).hour, begins(entry).minute) == (9, 30)

    move(event, people, then)
    calendar.take_mail()
    (entry,) = calendar.on
    assert begins(entry) == then
    assert (begins(entry).hour, begins(entry).minute) == (9, 30)
    assert begins(entry).utcoffset() == then.utcoffset()
    assert entry.dtend.value - begins(entry) == 2 * HOUR

    planning_services.cancel_event(event.id, "Snow", by=acting(people.ep))
    calendar.take_mail()
    assert len(calendar.entries) == 1
    assert calendar.on == []


def test_cancelled_booked_again_and_cancelled_the_entry_follows(people: People) -> None:
    calendar, event = Elsewhere(), make_event(NOON + timedelta(days=9))
    for number in range(2):
        book(event, people)
        calendar.take_mail()
        assert len(calendar.on) == 1, number
        booking_services.cancel_booking(event.id, by=acting(people.senco))
        calendar.take_mail()
        assert calendar.on == [], number
    assert len(calendar.entries) == 1, "one entry all along"


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("cop@larkshire.example", "Communities of Practice"),
        ("Inclusion Service <cop@larkshire.example>", "Inclusion Service"),
        ('"Inclusion: Larkton, \\"CoP\\"" <cop@larkshire.example>', "Inclusion: Larkton, 'CoP'"),
    ],
)
def test_who_publishes_and_calls_off_is_named(
    app: Flask, people: People, monkeypatch: pytest.MonkeyPatch, sender: str, name: str
) -> None:
    """By RFC 5546, 3.2.1 and 3.2.5: one ORGANIZER, and nobody asked to answer."""
    monkeypatch.setitem(app.config, "MAIL_FROM", sender)
    event = make_event(NOON + timedelta(days=9))
    book(event, people)
    planning_services.cancel_event(event.id, "Snow", by=acting(people.ep))
    methods = []
    for text in list_mailed():
        (file,) = vobject.readComponents(text, validate=True)
        methods.append(str(file.method.value))
        (named,) = file.vevent.contents["organizer"]
        assert (named.params["CN"], named.value) == ([name], "mailto:cop@larkshire.example")
        assert "attendee" not in file.vevent.contents
    assert methods == ["PUBLISH", "CANCEL"]
