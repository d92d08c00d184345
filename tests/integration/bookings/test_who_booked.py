"""Who has booked: for those who run the event, with moving up by a reason."""

from __future__ import annotations

import pytest

from cop_site.bookings.models import BookingState
from cop_site.db import db
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only


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
