"""Reads of who supports which cluster."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager

from cop_site import clock
from cop_site.accounts.acting_models import NEEDED_ROLES
from cop_site.accounts.models import (
    Assignment,
    AssignmentKind,
    PartnerRole,
    PartnerService,
    Person,
    ServiceRole,
    ServiceRoleKind,
)
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on, lasts_until
from cop_site.schools.models import School

LINK_KINDS = ("ep", "asep")
# Whom a school turns to; their addresses are shown to the schools of the cluster.
CONTACT_KINDS = (*LINK_KINDS, "cover")


@dataclass(frozen=True)
class Supporter:
    """Somebody who supports a cluster; ``email`` None where they have none.

    ``until`` is their last day, None while none is set. ``covers`` stand in for them.
    """

    cluster_id: int
    name: str
    email: str | None
    kind_key: str
    kind_name: str
    assignment_id: int
    covers_id: int | None
    until: date | None
    covers: tuple[Supporter, ...] = ()


def list_kinds() -> list[AssignmentKind]:
    """What somebody can be to a cluster, in the order they are shown."""
    query = sa.select(AssignmentKind).order_by(AssignmentKind.position, AssignmentKind.key)
    return list(db.session.scalars(query))


def counts_on(day: Any) -> sa.ColumnElement[bool]:
    """True for an assignment that counts on ``day``: an EP's, AsEP's or cover's only while they
    hold the service role for it.
    """
    needed = [
        sa.and_(Assignment.kind_key == kind, ServiceRole.role.in_(roles))
        for kind, roles in NEEDED_ROLES.items()
    ]
    is_held = sa.exists().where(
        ServiceRole.person_id == Assignment.person_id, holds_on(ServiceRole, day), sa.or_(*needed)
    )
    return sa.and_(
        holds_on(Assignment, day), sa.or_(Assignment.kind_key.not_in(NEEDED_ROLES), is_held)
    )


def _supporters(day: date) -> sa.Select[*tuple[Any, ...]]:
    """The columns of a Supporter in order, then the position of their kind."""
    return (
        sa.select(
            Assignment.cluster_id,
            Person.name,
            Person.email,
            AssignmentKind.key,
            AssignmentKind.name.label("kind_name"),
            Assignment.id.label("assignment_id"),
            Assignment.covers_id,
            Assignment.ends_on,
            AssignmentKind.position,
        )
        .join(Person, Person.id == Assignment.person_id)
        .join(AssignmentKind, AssignmentKind.key == Assignment.kind_key)
        .where(counts_on(day))
    )


def list_supporters(
    cluster_ids: Collection[int] | None = None, day: date | None = None
) -> list[Supporter]:
    """Who supports these clusters (all unless told) on ``day`` (today unless told), EPs first.

    Whoever covers for somebody of that day stands beside them.
    """
    query = _supporters(day or clock.today())
    if cluster_ids is not None:
        query = query.where(Assignment.cluster_id.in_(cluster_ids))
    query = query.order_by(AssignmentKind.position, Person.name, Assignment.id)
    return _put_beside([Supporter(*row[:-1]) for row in db.session.execute(query)])


def _put_beside(people: list[Supporter]) -> list[Supporter]:
    covers: dict[int | None, tuple[Supporter, ...]] = {one.assignment_id: () for one in people}
    for one in people:
        if one.covers_id in covers:
            covers[one.covers_id] += (one,)
    return [
        replace(one, covers=covers[one.assignment_id])
        for one in people
        if one.covers_id not in covers
    ]


class OwnCluster(NamedTuple):
    """A cluster of somebody's schools: which of them are in it, and who supports it.

    ``joins_on``: the day from which they are in it, None where they are today.
    """

    cluster: Cluster
    joins_on: date | None
    schools: list[str]
    people: list[Supporter]


def list_own_clusters(school_ids: Collection[int]) -> list[OwnCluster]:
    """Today's clusters of these schools, kind loaded, each with its EPs and AsEPs. Then those
    ahead, the nearest first, without: whom to turn to may be another by then.
    """
    asked = {"school_ids": list(school_ids), "day": clock.today()}
    return _fold(db.session.execute(_own_clusters(), asked))


# Built once, for home: building it takes twice as long as asking it.
@cache
def _own_clusters() -> sa.Executable:
    who = _supporters(DAY).where(AssignmentKind.key.in_(CONTACT_KINDS)).subquery()
    own = sa.and_(
        ClusterMembership.cluster_id == Cluster.id,
        ClusterMembership.school_id.in_(sa.bindparam("school_ids", expanding=True)),
        lasts_until(ClusterMembership, DAY),
    )
    holds = ClusterMembership.starts_on <= DAY
    joins_on = sa.case((holds, None), else_=ClusterMembership.starts_on).label("joins_on")
    return (
        sa.select(Cluster, joins_on, School.name.label("school_name"), who)
        .join(Cluster.kind)
        .options(contains_eager(Cluster.kind))
        .join(ClusterMembership, own)
        .join(School, School.id == ClusterMembership.school_id)
        .outerjoin(who, sa.and_(who.c.cluster_id == Cluster.id, holds))
        .order_by(
            joins_on.asc().nulls_first(), ClusterKind.exclusive.desc(), Cluster.name, School.name
        )
        .order_by(who.c.position, who.c.name)
    )


def _fold(rows: Iterable[Any]) -> list[OwnCluster]:
    """A row for each school and supporter, as one thing a cluster and day."""
    found: dict[tuple[int, date | None], OwnCluster] = {}
    for cluster, joins_on, school, *supporter in rows:
        held = found.setdefault((cluster.id, joins_on), OwnCluster(cluster, joins_on, [], []))
        if school not in held.schools:
            held.schools.append(school)
        person = Supporter(*supporter[:-1]) if supporter[0] is not None else None
        if person and person not in held.people:
            held.people.append(person)
    return [one._replace(people=_put_beside(one.people)) for one in found.values()]


class Covering(NamedTuple):
    """Whom somebody stands in for, and their last day of it."""

    name: str
    until: date | None


def find_covering(person_id: int) -> dict[int, Covering]:
    """For whom a person covers today, by the cluster's id: nobody covers twice in one."""
    covered = aliased(Assignment)
    rows = db.session.execute(
        sa.select(Assignment.cluster_id, Person.name, Assignment.ends_on)
        .join(covered, covered.id == Assignment.covers_id)
        .join(Person, Person.id == covered.person_id)
        .where(Assignment.person_id == person_id, holds_on(Assignment, clock.today()))
    )
    return {cluster_id: Covering(name, until) for cluster_id, name, until in rows}


def list_assignments(cluster_id: int, since: date | None = None) -> list[Assignment]:
    """Assignments to a cluster that hold on ``since`` (today unless told) or will later.

    Each has its person and kind loaded.
    """
    return list(
        db.session.scalars(
            sa.select(Assignment)
            .join(Assignment.person)
            .join(Assignment.kind)
            .options(contains_eager(Assignment.person), contains_eager(Assignment.kind))
            .where(
                Assignment.cluster_id == cluster_id,
                lasts_until(Assignment, since or clock.today()),
            )
            .order_by(AssignmentKind.position, Assignment.starts_on, Person.name, Assignment.id)
        )
    )


def get_assignment(cluster_id: int, assignment_id: int) -> Assignment:
    """An assignment to this cluster with its person and kind, or NotFoundError."""
    found = db.session.scalar(
        sa.select(Assignment)
        .join(Assignment.person)
        .join(Assignment.kind)
        .options(contains_eager(Assignment.person), contains_eager(Assignment.kind))
        .where(Assignment.id == assignment_id, Assignment.cluster_id == cluster_id)
    )
    if found is None:
        raise NotFoundError("There is no such assignment.")
    return found


def list_resting_on(role: Any, last_day: date) -> list[Assignment]:
    """A person's assignments that end where this role of theirs does on ``last_day``, by cluster.

    None where it is not in the service. Those that another role of theirs allows go on. Each has
    its cluster loaded.
    """
    if not isinstance(role, ServiceRole):
        return []
    after = max(last_day + clock.ONE_DAY, clock.today())
    others = sa.select(ServiceRole.role).where(
        ServiceRole.person_id == role.person_id,
        ServiceRole.id != role.id,
        lasts_until(ServiceRole, last_day + clock.ONE_DAY),
    )
    left = set(db.session.scalars(others))
    kinds = [
        kind for kind, roles in NEEDED_ROLES.items() if role.role in roles and not roles & left
    ]
    resting = (
        Assignment.person_id == role.person_id,
        Assignment.kind_key.in_(kinds),
        lasts_until(Assignment, after),
    )
    query = sa.select(Assignment).join(Assignment.cluster).where(*resting)
    query = query.options(contains_eager(Assignment.cluster))
    return list(db.session.scalars(query.order_by(Assignment.cluster_id, Assignment.id)))


def list_stand_ins(assignment: Assignment) -> list[tuple[int, str]]:
    """Id and "name, role" of everyone who may cover: EPs and AsEPs, now or later, but this one."""
    query = _service_people(clock.today()).where(
        ServiceRole.role.in_(NEEDED_ROLES["cover"]), Person.id != assignment.person_id
    )
    return _name_with_roles(db.session.execute(query).all())


def _service_people(today: date) -> sa.Select[int, str, str]:
    return (
        sa.select(Person.id, Person.name, sa.cast(ServiceRole.role, sa.Text))
        .join(ServiceRole, ServiceRole.person_id == Person.id)
        .where(ServiceRole.role != ServiceRoleKind.ADMINISTRATOR, lasts_until(ServiceRole, today))
        .where(Person.merged_into_id.is_(None))
    )


def _staff_and_partners(today: date) -> sa.CompoundSelect[int, str, str]:
    """A row for each role in the service or with a partner, now or later."""
    partner = (
        sa.select(Person.id, Person.name, sa.cast(PartnerService.name, sa.Text))
        .join(PartnerRole, PartnerRole.person_id == Person.id)
        .join(PartnerService, PartnerService.id == PartnerRole.partner_service_id)
        .where(lasts_until(PartnerRole, today))
    )
    return sa.union_all(_service_people(today), partner.where(Person.merged_into_id.is_(None)))


def list_assignable_people() -> list[tuple[int, str]]:
    """Id and "name, role" of everyone in the service or with a partner, now or later."""
    return _name_with_roles(db.session.execute(_staff_and_partners(clock.today())).all())


def _name_with_roles(rows: Iterable[Any]) -> list[tuple[int, str]]:
    roles = {role.value: role.label for role in ServiceRoleKind}
    people: dict[int, list[str]] = {}
    for person_id, name, role in sorted(rows, key=lambda row: (row[1].casefold(), row[0])):
        words = people.setdefault(person_id, [name])
        words.append(roles.get(role, role))
    return [(person_id, ", ".join(dict.fromkeys(words))) for person_id, words in people.items()]
