"""What a cluster's page says of its next meeting."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import Event, EventKind
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school
from tests.support.client import GatedClient

PAGE = "/clusters/alder"


@pytest.fixture
def alder(app: Flask) -> Cluster:
    make_authority()
    return make_cluster("Alder")


@pytest.fixture
def school(alder: Cluster) -> School:
    school = make_school()
    join_cluster(school, alder)
    return school


@pytest.fixture
def senco(school: School) -> User:
    return make_school_user(school)


def make_meeting(cluster: Cluster, days: int, title: str) -> Event:
    at = clock.now() + timedelta(days=days)
    return make_event(at, kind=EventKind.COP_MEETING, cluster_id=cluster.id, title=title)


def read(client: GatedClient, user: User) -> str:
    db.session.commit()
    client.sign_in(user)
    text = client.get(PAGE).text
    return text[text.index('id="next_meeting"') :].partition("</section>")[0]


class TestNextMeeting:
    def test_is_the_next_published_one_with_its_place(
        self, client: GatedClient, alder: Cluster, senco: User
    ) -> None:
        make_meeting(alder, 9, "The one after")
        event = make_meeting(alder, 3, "The next one")
        make_meeting(alder, -3, "The last one")
        panel = read(client, senco)
        assert event.title in panel
        assert "The one after" not in panel and "The last one" not in panel
        assert "You have not booked this yet." in panel

    @pytest.mark.parametrize(
        ("state", "words"),
        [
            (BookingState.BOOKED, "You have a place"),
            (BookingState.WAITING, "On the waiting list"),
            (BookingState.CANCELLED, "You have not booked this yet."),
        ],
    )
    def test_says_what_became_of_ones_own_booking(
        self,
        client: GatedClient,
        alder: Cluster,
        school: School,
        senco: User,
        state: BookingState,
        words: str,
    ) -> None:
        event = make_meeting(alder, 3, "The next one")
        person = db.session.get_one(Person, senco.person_id)
        make_booking(event, person, school, state=state)
        assert words in read(client, senco)

    def test_asks_nobody_to_book_who_can_not(
        self, client: GatedClient, alder: Cluster, school: School
    ) -> None:
        make_meeting(alder, 3, "The next one")
        panel = read(client, make_service_user(ServiceRoleKind.EP, alder))
        assert "The next one" in panel and "booked" not in panel
