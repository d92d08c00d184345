"""An event of last week: who came, who missed it, who was at the door, who waited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.attendance.models import Register
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import Event
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from tests.conftest import NOON
from tests.factories.events import (
    make_booking,
    make_event,
    make_mark,
    make_register,
    session_of,
)
from tests.factories.people import make_person, make_school_user, make_service_user
from tests.factories.schools import join_cluster, make_authority, make_cluster, make_school


@dataclass
class Held:
    """``came`` and ``missed`` have accounts; ``apologised``, ``unmarked``, ``door`` have none."""

    event: Event
    register: Register
    cluster: Cluster
    alder: School
    dovecote: School
    came: User
    missed: User
    apologised: Person
    unmarked: Person
    late: Person
    door: Person
    waiting: Person
    ep: User


def person_of(user: User) -> Person:
    return db.session.get_one(Person, user.person_id)


@pytest.fixture
def held(app: object) -> Held:
    make_authority()
    cluster = make_cluster("Hawthorn")
    alder, dovecote = make_school("Alder Lane Primary"), make_school("Dovecote Primary")
    join_cluster(alder, cluster)
    event = make_event(NOON - timedelta(days=7), title="Reading barriers", capacity=None)
    register = make_register(session_of(event))
    one = Held(
        event=event,
        register=register,
        cluster=cluster,
        alder=alder,
        dovecote=dovecote,
        came=make_school_user(alder, name="Cara Came"),
        missed=make_school_user(dovecote, name="Misha Missed"),
        apologised=make_person("Aled Apologised"),
        unmarked=make_person("Una Unmarked"),
        late=make_person("Lena Late"),
        door=make_person("Dora Door", email=None),
        waiting=make_person("Wanda Waiting"),
        ep=make_service_user(ServiceRoleKind.EP),
    )
    for person, school, kind in (
        (person_of(one.came), alder, "in_person"),
        (person_of(one.missed), dovecote, "did_not_attend"),
        (one.apologised, alder, "apologies"),
        (one.unmarked, alder, ""),
    ):
        booking = make_booking(event, person, school)
        if kind:
            make_mark(register, person, school, kind=kind, booking=booking)
    gave_up = make_booking(event, one.late, dovecote, state=BookingState.CANCELLED)
    gave_up.cancelled_late = True
    good_time = make_person("Gina Good-Time")
    make_booking(event, good_time, alder, state=BookingState.CANCELLED)
    make_booking(event, one.waiting, alder, state=BookingState.WAITING)
    make_mark(register, one.door, dovecote, walk_in=True)
    db.session.commit()
    return one
