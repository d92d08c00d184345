"""The shape of the access matrix: who may call what, and a small world to call it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.db import db
from cop_site.events.booking_models import Booking
from cop_site.events.models import Event, EventKind, EventState, Session
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, Term
from tests.conftest import NOON
from tests.factories import events, people, schools

ANONYMOUS = "anonymous"
SENCO = "senco of this school"
OTHER_SENCO = "senco of another"
ASEP = "asep of the cluster"
OTHER_EP = "other ep"
PARTNER = "partner"
LEAD = "lead"
ADMIN = "admin"
EVERYONE = (ANONYMOUS, SENCO, OTHER_SENCO, ASEP, OTHER_EP, PARTNER, LEAD, ADMIN)
SIGNED_IN = EVERYONE[1:]
SERVICE = (ASEP, OTHER_EP, LEAD)


@dataclass
class World:
    """Two schools in two clusters, their people, and an event of each sort."""

    school: School
    other_school: School
    cluster: Cluster
    other_cluster: Cluster
    term: Term
    network: Event
    cluster_event: Event
    draft: Event
    held: Session
    booking: Booking
    users: dict[str, User] = field(default_factory=dict)
    more: dict[str, Any] = field(default_factory=dict)


def make_world() -> World:
    """``held`` is a session of the first cluster that is being held now."""
    schools.make_authority()
    school, other_school = schools.make_school(), schools.make_school()
    cluster, other_cluster = schools.make_cluster(), schools.make_cluster()
    schools.join_cluster(school, cluster)
    schools.join_cluster(other_school, other_cluster)
    today = clock.london_date(NOON)
    term = schools.make_term("Autumn 2026", today - timedelta(days=70), today + timedelta(days=35))
    held = events.make_event(
        NOON - timedelta(minutes=10), kind=EventKind.COP_MEETING, cluster_id=cluster.id
    )
    users = {
        SENCO: people.make_school_user(school),
        OTHER_SENCO: people.make_school_user(other_school),
        ASEP: people.make_service_user(ServiceRoleKind.ASEP, cluster),
        OTHER_EP: people.make_service_user(ServiceRoleKind.EP, other_cluster),
        PARTNER: people.make_partner_user(),
        LEAD: people.make_service_user(ServiceRoleKind.INCLUSION_LEAD),
        ADMIN: people.make_service_user(ServiceRoleKind.ADMINISTRATOR),
    }
    network = events.make_event()
    senco = db.session.get_one(Person, users[SENCO].person_id)
    events.make_booking(held, senco, school)
    world = World(
        school=school,
        other_school=other_school,
        cluster=cluster,
        other_cluster=other_cluster,
        term=term,
        network=network,
        cluster_event=events.make_event(kind=EventKind.COP_MEETING, cluster_id=cluster.id),
        draft=events.make_event(state=EventState.DRAFT),
        held=events.session_of(held),
        booking=events.make_booking(network, senco, school),
        users=users,
    )
    db.session.commit()
    return world


@dataclass(frozen=True)
class Row:
    """One endpoint and method. ``statuses`` says what each person gets.

    ``url`` gives the values for ``url_for``; ``fields`` the posted form, a token is added. A
    POST's row expects what a valid form gets: usually 303 for those who may. ``may`` builds
    the usual table: the allowed status for some, 303 to sign-in for anonymous, else 403 (404
    where the thing is hidden).
    """

    endpoint: str
    statuses: Mapping[str, int]
    method: str = "GET"
    url: Callable[[World], dict[str, Any]] = lambda world: {}
    fields: Callable[[World], dict[str, Any]] = lambda world: {}
    prepare: Callable[[World], None] = lambda world: None


def may(*who: str, status: int = 200, otherwise: int = 403) -> dict[str, int]:
    """The statuses of an endpoint that ``who`` may call."""
    table = dict.fromkeys(EVERYONE, otherwise) | dict.fromkeys(who, status)
    return table if ANONYMOUS in who else table | {ANONYMOUS: 303}
