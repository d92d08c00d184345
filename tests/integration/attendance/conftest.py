"""A CoP meeting being held now, with three people booked, and those who may take its register."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind, User
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.events.models import Event, EventKind, Session
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_booking, make_event, session_of
from tests.factories.people import make_person, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school


@dataclass
class Meeting:
    """``alder`` and ``dovecote`` are its cluster's schools; the first two people are Alder's."""

    event: Event
    session: Session
    cluster: Cluster
    alder: School
    dovecote: School
    people: list[Person]
    bookings: list[Booking]
    asep: User
    ep: User

    @property
    def url(self) -> str:
        return f"/sessions/{self.session.id}/register"

    @property
    def first(self) -> Person:
        return self.people[0]

    @property
    def by(self) -> ActingUser:
        return acting(self.asep)

    @property
    def by_ep(self) -> ActingUser:
        return acting(self.ep)


def make_meeting(people: int = 3, *, authority: bool = True) -> Meeting:
    if authority:
        make_authority()
    cluster = make_cluster()
    alder, dovecote = make_school("Alder Lane Primary"), make_school("Dovecote Primary")
    for school in (alder, dovecote):
        join_cluster(school, cluster)
    event = make_event(
        NOON - timedelta(minutes=10),
        kind=EventKind.COP_MEETING,
        cluster_id=cluster.id,
        title="Problem-solving circle",
        capacity=None,
    )
    booked = [make_person(f"Person {chr(65 + number % 26)}{number}") for number in range(people)]
    meeting = Meeting(
        event=event,
        session=session_of(event),
        cluster=cluster,
        alder=alder,
        dovecote=dovecote,
        people=booked,
        bookings=[
            make_booking(
                event,
                person,
                alder if number < 2 else dovecote,
                role=SchoolRoleKind.SENCO if number else SchoolRoleKind.HEADTEACHER,
            )
            for number, person in enumerate(booked)
        ],
        asep=make_service_user(ServiceRoleKind.ASEP, cluster),
        ep=make_service_user(ServiceRoleKind.EP, cluster),
    )
    db.session.commit()
    return meeting


@pytest.fixture
def meeting(app: object) -> Meeting:
    return make_meeting()
