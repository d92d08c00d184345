"""My bookings: what each row says, and where it leads."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site.accounts.models import Person
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import Mode
from tests.conftest import NOON
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only
CHANGE = "Change between the room and online"


@pytest.fixture
def senco(people: People) -> Person:
    return db.session.get_one(Person, people.senco.person_id)


def read(people: People, client: GatedClient) -> str:
    db.session.commit()
    client.sign_in(people.senco)
    return client.get("/bookings").text


def test_names_the_year_where_it_is_another(
    people: People, senco: Person, client: GatedClient
) -> None:
    for days in (-400, -20, 60):
        make_booking(make_event(NOON + timedelta(days=days)), senco, people.school)
    page = read(people, client)
    assert "<b>6</b> Oct 2025</div>" in page
    assert "<b>21</b> Oct</div>" in page
    assert "<b>9</b> Jan 2027</div>" in page


@pytest.mark.parametrize(
    ("mode", "state", "is_offered"),
    [
        (Mode.HYBRID, BookingState.BOOKED, True),
        (Mode.HYBRID, BookingState.WAITING, True),
        (Mode.HYBRID, BookingState.OFFERED, False),
        (Mode.IN_PERSON, BookingState.BOOKED, False),
    ],
)
def test_leads_to_changing_the_way_where_there_are_two(
    *,
    people: People,
    senco: Person,
    client: GatedClient,
    mode: Mode,
    state: BookingState,
    is_offered: bool,
) -> None:
    event = make_event(mode=mode)
    make_booking(event, senco, people.school, state=state)
    page = read(people, client)
    assert (CHANGE in page) is is_offered
    if is_offered:
        assert client.get(f"/events/{event.id}/booking/change").status_code == 200


def test_does_not_lead_to_it_once_it_has_begun(
    people: People, senco: Person, client: GatedClient
) -> None:
    make_booking(make_event(NOON - timedelta(minutes=5), mode=Mode.HYBRID), senco, people.school)
    assert CHANGE not in read(people, client)


def test_leads_to_ones_own_calendar_and_record(
    people: People, senco: Person, client: GatedClient
) -> None:
    for days in (-20, 20):
        make_booking(make_event(NOON + timedelta(days=days)), senco, people.school)
    page = read(people, client)
    assert 'href="/account/calendar">See your sessions in your own calendar</a>' in page
    assert "your CPD record</a>" in page
