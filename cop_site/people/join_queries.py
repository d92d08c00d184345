"""Reads of requests to join."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cop_site import clock
from cop_site.accounts.models import (
    Assignment,
    Person,
    SchoolRole,
    SchoolRoleKind,
    ServiceRole,
    ServiceRoleKind,
    User,
)
from cop_site.accounts.queries import hash_token
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.school_people_queries import (
    MANAGERS,
    has_manager,
    has_stand_in,
    is_reached,
)
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School

# So long a school has to answer before its cluster's AsEP sees it too.
LONG = timedelta(days=14)
OPEN = (JoinState.UNCONFIRMED, JoinState.WAITING)


@dataclass(frozen=True)
class Waiting:
    """A request that waits, for whoever is to answer it or to help the school to."""

    id: int
    school_id: int
    school_name: str
    name: str
    role: SchoolRoleKind
    asked_at: datetime
    has_manager: bool

    @property
    def is_late(self) -> bool:
        return self.asked_at <= clock.now() - LONG


def list_waiting(school_id: int) -> list[JoinRequest]:
    """What waits for a school, the oldest first. Unconfirmed ones are nobody's business."""
    query = sa.select(JoinRequest).where(
        JoinRequest.school_id == school_id, JoinRequest.state == JoinState.WAITING
    )
    return list(db.session.scalars(query.order_by(JoinRequest.asked_at, JoinRequest.id)))


def list_to_answer(
    school_ids: Collection[int], cluster_ids: Collection[int], *, is_administrator: bool
) -> list[Waiting]:
    """What waits for a person, in one statement, the oldest first; at most 50.

    For a school's own people; for those of its clusters where the school has nobody, or has left
    it for 14 days; for administrators where there is nobody in the clusters either.
    """
    managed = has_manager()
    in_cluster = sa.select(ClusterMembership.school_id).where(
        ClusterMembership.cluster_id.in_(cluster_ids), holds_on(ClusterMembership, clock.today())
    )
    late = JoinRequest.asked_at <= clock.now() - LONG
    seen = [
        School.id.in_(school_ids),
        sa.and_(School.id.in_(in_cluster), sa.or_(~managed, late)),
    ]
    if is_administrator:
        seen.append(sa.and_(~managed, ~has_stand_in()))
    return _list_waiting(sa.or_(*seen))


def list_all_waiting() -> list[Waiting]:
    """Of every school, for administrators, the oldest first; at most 50."""
    return _list_waiting(sa.true())


def _list_waiting(where: sa.ColumnElement[bool]) -> list[Waiting]:
    rows = db.session.execute(
        sa.select(JoinRequest.id, School.id, School.name, JoinRequest.name)
        .add_columns(JoinRequest.role, JoinRequest.asked_at, has_manager())
        .join(School, School.id == JoinRequest.school_id)
        .where(JoinRequest.state == JoinState.WAITING, where)
        .order_by(JoinRequest.asked_at, JoinRequest.id)
        .limit(50)
    )
    return [Waiting(*row) for row in rows]


def get_request(school_id: int, request_id: int) -> JoinRequest:
    """A request to this very school that waits or was answered, or NotFoundError."""
    found = db.session.scalar(
        sa.select(JoinRequest)
        .where(
            JoinRequest.id == request_id,
            JoinRequest.school_id == school_id,
            JoinRequest.state != JoinState.UNCONFIRMED,
        )
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFoundError("There is no such request.")
    return found


def find_by_token(token: str) -> JoinRequest | None:
    """The request that a link shows to be somebody's own, its school loaded."""
    return db.session.scalar(
        sa.select(JoinRequest)
        .where(JoinRequest.token_hash == hash_token(token))
        .options(joinedload(JoinRequest.school))
        .execution_options(populate_existing=True)
    )


def is_open(row: JoinRequest) -> bool:
    """It waits, or may still be confirmed."""
    may_confirm = row.state is JoinState.UNCONFIRMED and row.expires_at > clock.now()
    return may_confirm or row.state is JoinState.WAITING


def find_open(school_id: int, email: str) -> JoinRequest | None:
    """What an address has asked of a school that is not answered yet."""
    query = sa.select(JoinRequest).where(
        JoinRequest.school_id == school_id,
        JoinRequest.email == email,
        JoinRequest.state.in_(OPEN),
    )
    return db.session.scalar(query.execution_options(populate_existing=True))


def count_waiting_of(email: str) -> int:
    """How many schools have a request of this address, shown to be its own, to answer."""
    query = sa.select(sa.func.count(JoinRequest.id)).where(
        JoinRequest.email == email, JoinRequest.state == JoinState.WAITING
    )
    return db.session.scalar(query) or 0


def count_waiting(school_id: int | None = None) -> int:
    """Those of a school; None: of all."""
    query = sa.select(sa.func.count(JoinRequest.id)).where(JoinRequest.state == JoinState.WAITING)
    if school_id is not None:
        query = query.where(JoinRequest.school_id == school_id)
    return db.session.scalar(query) or 0


def list_who_answers(school_id: int) -> list[tuple[str, str]]:
    """Address and name of whoever is to answer a school's requests today.

    Its SENCO and office; where neither looks after its people, the AsEPs of its clusters, else
    their EPs, with those who cover for one; where there is nobody, the administrators.
    """
    found = list_managers(school_id)
    for role in (ServiceRoleKind.ASEP, ServiceRoleKind.EP):
        found = found or _list_people(_of_clusters(school_id, role))
    return found or _list_people(_administrators())


def list_managers(school_id: int) -> list[tuple[str, str]]:
    """Address and name of the school's SENCO and office, those who look after its people."""
    return _list_people(_own(school_id), *is_reached())


def _list_people(people: sa.Select[int], *where: sa.ColumnElement[bool]) -> list[tuple[str, str]]:
    query = (
        sa.select(User.email, Person.name)
        .join(Person, Person.id == User.person_id)
        .where(User.disabled_at.is_(None), Person.id.in_(people), *where)
        .order_by(User.id)
    )
    return [(email, name) for email, name in db.session.execute(query)]


def _own(school_id: int) -> sa.Select[int]:
    return sa.select(SchoolRole.person_id).where(
        SchoolRole.school_id == school_id,
        SchoolRole.role.in_(MANAGERS),
        holds_on(SchoolRole, clock.today()),
    )


def _of_clusters(school_id: int, role: ServiceRoleKind) -> sa.Select[int]:
    today = clock.today()
    return (
        sa.select(Assignment.person_id)
        .join(ClusterMembership, ClusterMembership.cluster_id == Assignment.cluster_id)
        .join(ServiceRole, ServiceRole.person_id == Assignment.person_id)
        .where(
            ClusterMembership.school_id == school_id,
            holds_on(ClusterMembership, today),
            holds_on(Assignment, today),
            holds_on(ServiceRole, today),
            Assignment.kind_key.in_((role.value, "cover")),
            ServiceRole.role == role,
        )
    )


def _administrators() -> sa.Select[int]:
    return sa.select(ServiceRole.person_id).where(
        ServiceRole.role == ServiceRoleKind.ADMINISTRATOR, holds_on(ServiceRole, clock.today())
    )
