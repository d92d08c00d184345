"""The shape of the access matrix: who may call what, and a small world to call it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind, User
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Facilitator, Session
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, Term
from tests.conftest import NOON
from tests.factories import events, people, schools

ANONYMOUS = "anonymous"
SENCO = "senco of this school"
OTHER_SENCO = "senco of another"
ASSISTANT = "teaching assistant"
EP = "ep of the cluster"
ASEP = "asep of the cluster"
COVER = "cover of the cluster"
OTHER_EP = "other ep"
NETWORK_LEAD = "network lead"
SUPPORT = "support officer"
LEAD = "lead"
MANAGER = "manager of the cluster"
FACILITATOR = "facilitator"
PARTNER = "partner"
ADMIN = "admin"
SCHOOL_STAFF = (SENCO, OTHER_SENCO, ASSISTANT)
CLUSTER_STAFF = (EP, ASEP, COVER)
SERVICE = (*CLUSTER_STAFF, OTHER_EP, NETWORK_LEAD, SUPPORT, LEAD)
SIGNED_IN = (*SCHOOL_STAFF, *SERVICE, MANAGER, FACILITATOR, PARTNER, ADMIN)
EVERYONE = (ANONYMOUS, *SIGNED_IN)


@dataclass
class World:
    """Two schools in two clusters, people of every sort, and an event of each."""

    school: School
    other_school: School
    cluster: Cluster
    other_cluster: Cluster
    term: Term
    network: Event
    cluster_event: Event
    cluster_draft: Event
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
    users = _make_users(school, other_school, cluster, other_cluster)
    _assign(users[COVER], cluster, "cover")
    _assign(users[MANAGER], cluster, "manager")
    db.session.add(Facilitator(event_id=held.id, person_id=users[FACILITATOR].person_id))
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
        cluster_draft=events.make_event(
            kind=EventKind.COP_MEETING, cluster_id=cluster.id, state=EventState.DRAFT
        ),
        draft=events.make_event(state=EventState.DRAFT),
        held=events.session_of(held),
        booking=events.make_booking(network, senco, school),
        users=users,
    )
    db.session.commit()
    return world


def _make_users(
    school: School, other_school: School, cluster: Cluster, other_cluster: Cluster
) -> dict[str, User]:
    """A manager and a facilitator are partners here: so nothing but that gives them a right."""
    staff = people.make_service_user
    return {
        SENCO: people.make_school_user(school),
        OTHER_SENCO: people.make_school_user(other_school),
        ASSISTANT: people.make_school_user(school, role=SchoolRoleKind.TEACHING_ASSISTANT),
        EP: staff(ServiceRoleKind.EP, cluster),
        ASEP: staff(ServiceRoleKind.ASEP, cluster),
        COVER: staff(ServiceRoleKind.EP),
        OTHER_EP: staff(ServiceRoleKind.EP, other_cluster),
        NETWORK_LEAD: staff(ServiceRoleKind.NETWORK_LEAD),
        SUPPORT: staff(ServiceRoleKind.SUPPORT_OFFICER),
        LEAD: staff(ServiceRoleKind.INCLUSION_LEAD),
        MANAGER: people.make_partner_user(),
        FACILITATOR: people.make_partner_user(),
        PARTNER: people.make_partner_user(),
        ADMIN: staff(ServiceRoleKind.ADMINISTRATOR),
    }


def _assign(user: User, cluster: Cluster, kind: str) -> None:
    people.assign(db.session.get_one(Person, user.person_id), cluster, kind)


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


def may(
    *who: str, status: int = 200, otherwise: int = 403, among: tuple[str, ...] = EVERYONE
) -> dict[str, int]:
    """The statuses of an endpoint that ``who`` may call; of some people where ``among`` says."""
    table = dict.fromkeys(among, otherwise) | dict.fromkeys(who, status)
    return table | {ANONYMOUS: 303} if ANONYMOUS in among and ANONYMOUS not in who else table
