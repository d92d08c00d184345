"""An apology for one date of a course takes it out of the calendar, until it is overtaken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cop_site.bookings import apology_queries, apology_services
from cop_site.bookings import services as booking_services
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.errors import stamp_of
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Session
from cop_site.planning import programme_services
from cop_site.planning.programme_services import read_session, session_values
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_event, option_of
from tests.integration.bookings.test_calendar_elsewhere import Elsewhere, begins, book
from tests.integration.bookings.test_feed import make_address
from tests.support.client import GatedClient
from tests.support.outbox import kinds

STARTS = NOON + timedelta(days=9)
WEEK = timedelta(days=7)


@pytest.fixture
def event(people: People) -> Event:
    """Of three dates, booked."""
    event = make_event(STARTS)
    for number in (1, 2):
        starts_at = STARTS + number * WEEK
        ends_at = starts_at + timedelta(hours=2)
        event.ends_at = ends_at
        option_id = option_of(event).id
        when = {"starts_at": starts_at, "ends_at": ends_at}
        db.session.add(Session(option_id=option_id, venue="Town Hall", **when))
    db.session.commit()
    event = event_queries.get_event(event.id, sa.true())
    book(event, people)
    return event


def apologise(event: Event, number: int) -> None:
    booking_id = db.session.scalars(sa.select(Booking.id).order_by(Booking.id.desc())).first()
    assert booking_id is not None
    session_id = event.options[0].sessions[number].id
    apology_services.apologise(apology_queries.get_asked(booking_id, session_id))


def move(event: Event, number: int, people: People, days: int) -> None:
    session = event_queries.get_event(event.id, sa.true()).options[0].sessions[number]
    own, later = read_session(session), timedelta(days=days)
    details = replace(own, starts_at=own.starts_at + later, ends_at=own.ends_at + later)
    seen = stamp_of(session_values(own))
    programme_services.change_session(
        event.id, session.id, details, seen=seen, by=acting(people.ep)
    )


def dates(calendar: Elsewhere) -> list[int]:
    """On which days after the first the entries are that stand."""
    calendar.take_mail()
    return sorted((begins(entry) - STARTS).days for entry in calendar.on)


def test_the_date_leaves_the_calendar_and_the_others_stay(event: Event) -> None:
    calendar = Elsewhere()
    assert dates(calendar) == [0, 7, 14]
    apologise(event, 1)
    assert dates(calendar) == [0, 14]
    apologise(event, 1)
    assert kinds().count("events/apology_noted") == 1


def test_news_of_another_date_does_not_bring_it_back(event: Event, people: People) -> None:
    calendar = Elsewhere()
    apologise(event, 1)
    assert dates(calendar) == [0, 14]
    move(event, 2, people, days=1)
    assert dates(calendar) == [0, 15]


def test_moved_it_is_back(event: Event, people: People) -> None:
    """What was said of the time before holds no more."""
    calendar = Elsewhere()
    apologise(event, 1)
    assert dates(calendar) == [0, 14]
    move(event, 1, people, days=1)
    assert dates(calendar) == [0, 8, 14]


def test_booked_again_it_is_back(event: Event, people: People) -> None:
    calendar = Elsewhere()
    apologise(event, 1)
    assert dates(calendar) == [0, 14]
    booking_services.cancel_booking(event.id, by=acting(people.senco))
    assert dates(calendar) == []
    book(event, people)
    assert dates(calendar) == [0, 7, 14]


def test_of_every_date_leaves_nothing(event: Event) -> None:
    calendar = Elsewhere()
    for number in range(3):
        apologise(event, number)
    assert dates(calendar) == []


def test_the_feed_and_the_file_of_the_page_leave_it_out(
    event: Event, people: People, client: GatedClient
) -> None:
    db.session.commit()
    client.sign_in(people.senco)
    feed = make_address(client)
    apologise(event, 1)
    db.session.commit()
    for address in (feed, f"/events/{event.id}/calendar.ics"):
        calendar = Elsewhere()
        calendar.open(client.get(address).text)
        assert sorted((begins(entry) - STARTS).days for entry in calendar.on) == [0, 14]
