"""Who sees the link to join on an event's page, weeks before it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site import clock
from cop_site.accounts.models import PartnerRole, Person, ServiceRoleKind, User
from cop_site.db import db
from cop_site.events.models import Event, Facilitator, Mode
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_partner_user, make_service_user
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only
LINK = "https://meet.example/1"


@pytest.fixture
def event(people: People) -> Event:
    return make_event(mode=Mode.ONLINE, venue="", join_link=LINK)


@pytest.fixture
def partner(event: Event) -> User:
    """Drafted the event, which the service has published."""
    user = make_partner_user()
    event.created_by_user_id = user.id
    db.session.commit()
    return user


def run(event: Event, user: User) -> None:
    db.session.add(Facilitator(event_id=event.id, person_id=user.person_id))
    db.session.commit()


def sees(client: GatedClient, event: Event, user: User) -> bool:
    client.sign_in(user)
    page = client.get(f"/events/{event.id}")
    assert page.status_code == 200
    return f'href="{LINK}"' in page.text


def test_whoever_runs_it_does(client: GatedClient, event: Event, partner: User) -> None:
    run(event, partner)
    assert sees(client, event, partner)
    assert "You run this event" in client.get(f"/events/{event.id}").text


def test_somebody_of_a_school_who_runs_it_does(
    client: GatedClient, event: Event, people: People
) -> None:
    run(event, people.senco)
    assert sees(client, event, people.senco)
    assert not sees(client, event, people.other)


def test_so_does_the_service(client: GatedClient, event: Event, people: People) -> None:
    assert sees(client, event, people.ep)


def test_a_partner_who_only_drafted_it_does_not(
    client: GatedClient, event: Event, partner: User
) -> None:
    assert not sees(client, event, partner)


def test_nor_does_another_partner(client: GatedClient, event: Event, partner: User) -> None:
    run(event, partner)
    assert not sees(client, event, make_partner_user())


def test_nor_who_runs_another_event(client: GatedClient, event: Event, partner: User) -> None:
    run(make_event(mode=Mode.ONLINE), partner)
    assert not sees(client, event, partner)


def test_nor_who_ran_it_while_they_had_a_role(
    client: GatedClient, event: Event, partner: User
) -> None:
    run(event, partner)
    role = db.session.query(PartnerRole).filter_by(person_id=partner.person_id).one()
    role.ends_on = clock.today() - timedelta(days=1)
    db.session.commit()
    assert not sees(client, event, partner)


def test_nor_an_administrator_or_who_has_a_place_before_the_day_before(
    client: GatedClient, event: Event, people: People
) -> None:
    person = db.session.get_one(Person, people.senco.person_id)
    make_booking(event, person, people.school, mode=Mode.ONLINE)
    db.session.commit()
    assert not sees(client, event, people.senco)
    assert not sees(client, event, make_service_user(ServiceRoleKind.ADMINISTRATOR))
