"""Who has booked: for those who run the event, with moving up by a reason."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site.bookings.models import SUBSTITUTED, BookingState
from cop_site.bookings.queries import list_own_bookings
from cop_site.db import db
from cop_site.events.models import EventState, Mode
from tests.conftest import NOON
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only
WEEK = timedelta(days=7)


def test_lists_places_and_turns_and_moves_up(people: People, client: GatedClient) -> None:
    event = make_event(capacity=1)
    make_booking(event, make_person("Has Place"), people.school)
    first = make_booking(event, make_person("First"), people.school, state=BookingState.WAITING)
    last = make_booking(event, make_person("Last"), people.school, state=BookingState.WAITING)
    db.session.commit()
    client.sign_in(people.ep)
    address = f"/events/{event.id}/people"
    page = client.get(address).text
    assert page.index("Has Place") < page.index(">First<") < page.index(">Last<")
    bare = client.send(f"{address}/{last.id}/move-up")
    assert bare.status_code == 422 and "Enter why they go first" in bare.text
    answer = client.send(f"{address}/{last.id}/move-up", reason="New in role")
    page = client.get(answer.location).text
    assert page.index(">Last<") < page.index(">First<")
    assert "Moved up: New in role" in page
    elsewhere = f"/events/{make_event().id}/people/{first.id}/move-up"
    assert client.get(elsewhere).status_code == 404


def test_says_the_numbers_and_addresses(people: People, client: GatedClient) -> None:
    event = make_event(capacity=3, mode=Mode.HYBRID, held_places=1, held_until=NOON + WEEK / 2)
    person = make_person("Has Place")
    make_booking(event, person, people.school)
    make_booking(event, make_person(), people.school, state=BookingState.OFFERED)
    make_booking(event, make_person(), people.school, state=BookingState.WAITING)
    make_booking(event, make_person(), people.school, mode=Mode.ONLINE)
    db.session.commit()
    client.sign_in(people.ep)
    page = client.get(f"/events/{event.id}/people").text
    assert (
        "In the room: 2 of 3 places taken, 1 free, 1 of it for schools new this year, 1 waiting"
        in page
    )
    assert "Online: 1 place taken, no limit" in page
    assert f'href="mailto:{person.email}"' in page


def test_says_how_more_people_may_come_once_booking_has_closed(
    people: People, client: GatedClient
) -> None:
    event = make_event(booking_closes_at=NOON + WEEK / 2)
    db.session.commit()
    client.sign_in(people.ep)
    address = f"/events/{event.id}/people"
    assert "Booking has closed" not in client.get(address).text
    event.booking_closes_at = NOON
    db.session.commit()
    page = client.get(address).text
    assert "Booking has closed." in page and f'href="/events/{event.id}/rules"' in page
    assert client.get(f"/events/{event.id}/rules").status_code == 200


def test_a_cancelled_event_still_says_who_had_booked(people: People, client: GatedClient) -> None:
    event = make_event(title="Called off")
    person = make_person("Has Place")
    make_booking(event, person, people.school)
    event.state = EventState.CANCELLED
    db.session.commit()
    client.sign_in(people.ep)
    address = f"/events/{event.id}/people"
    assert address in client.get(f"/events/{event.id}").text
    page = client.get(address).text
    assert "Had a place: 1" in page
    assert str(person.email) in page
    for query in ("when=cancelled", "q=called"):
        shown = client.get(f"/events?{query}").text
        assert "Called off" in shown
        assert "govuk-tag--red" in shown
        assert "places left" not in shown
    assert "Called off" not in client.get("/events").text


def test_leaves_out_bookings_that_another_followed(people: People, client: GatedClient) -> None:
    event = make_event(title="Switched")
    person = make_person("Switches Often")
    for mode in (Mode.IN_PERSON, Mode.ONLINE, Mode.IN_PERSON):
        make_booking(event, person, people.school, state=BookingState.CANCELLED, mode=mode)
    passed_on = make_booking(event, make_person(), people.school, state=BookingState.CANCELLED)
    passed_on.cancel_reason = SUBSTITUTED
    db.session.commit()
    client.sign_in(people.ep)
    assert "Cancelled: 1<" in client.get(f"/events/{event.id}/people").text
    own = list_own_bookings(person.id, upcoming=False)
    assert [booking.mode for booking in own] == [Mode.IN_PERSON]


@pytest.mark.parametrize("count", [3, 30])
def test_costs_the_same_for_few_and_many(people: People, client: GatedClient, count: int) -> None:
    event = make_event(capacity=None)
    for _ in range(count):
        make_booking(event, make_person(), people.school)
    db.session.commit()
    client.sign_in(people.ep)
    with count_statements() as said:
        client.get(f"/events/{event.id}/people")
    assert len(said) <= 8
