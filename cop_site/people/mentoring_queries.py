"""Reads of mentoring: who could be a mentor, who has one, and who is paired with whom."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased, joinedload

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, User
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.people.mentoring_models import Mentorship
from cop_site.people.new_in_role_queries import is_senco_on
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on, lasts_until
from cop_site.schools.models import School

# So long somebody has been a SENCO, in all, before they are offered as a mentor.
EXPERIENCED = timedelta(days=2 * 365)


@dataclass(frozen=True)
class OwnPair:
    """A pair as one of the two sees it. ``school`` is one of the other's, "" where they left."""

    id: int
    name: str
    email: str | None
    school: str
    is_mentor: bool
    starts_on: date
    ends_on: date | None
    meetings: int


@dataclass
class Mentor:
    """A willing and experienced SENCO. ``mentees`` counts those they have now."""

    person_id: int
    name: str
    mentees: int
    schools: list[str] = field(default_factory=list)
    clusters: list[str] = field(default_factory=list)
    spans: list[tuple[date, date]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Name, school and cluster; how many they mentor already."""
        places = ", ".join(dict.fromkeys([*self.schools, *self.clusters]))
        has = f" (mentors {self.mentees} now)" if self.mentees else ""
        return f"{self.name}, {places}{has}"


def find_pair_of(mentee_id: int) -> Mentorship | None:
    """The pair of a mentee that holds today or begins later, both people loaded."""
    return db.session.scalar(
        sa.select(Mentorship)
        .where(Mentorship.mentee_id == mentee_id, lasts_until(Mentorship, clock.today()))
        .order_by(Mentorship.starts_on)
        .limit(1)
        .options(joinedload(Mentorship.mentor), joinedload(Mentorship.mentee))
    )


def get_pair(pair_id: int) -> Mentorship:
    """A pair that holds today or later, both people loaded; NotFoundError where it is over."""
    pair = db.session.scalar(
        sa.select(Mentorship)
        .where(Mentorship.id == pair_id, lasts_until(Mentorship, clock.today()))
        .options(joinedload(Mentorship.mentor), joinedload(Mentorship.mentee))
    )
    if pair is None:
        raise NotFoundError("There is no such pair.")
    return pair


def list_clusters_of(person_id: int) -> list[Cluster]:
    """The clusters of the schools where somebody is a SENCO today."""
    today = clock.today()
    return list(
        db.session.scalars(
            sa.select(Cluster)
            .join(ClusterMembership, ClusterMembership.cluster_id == Cluster.id)
            .join(SchoolRole, SchoolRole.school_id == ClusterMembership.school_id)
            .where(
                SchoolRole.person_id == person_id,
                SchoolRole.role == SchoolRoleKind.SENCO,
                holds_on(SchoolRole, today),
                holds_on(ClusterMembership, today),
            )
            .order_by(Cluster.name, Cluster.id)
            .distinct()
        )
    )


def list_own_pairs(person_id: int) -> list[OwnPair]:
    """The pairs of somebody that hold today or later, in one statement."""
    asked = {"person_id": person_id, "day": clock.today()}
    return [OwnPair(*row) for row in db.session.execute(_own_pairs(), asked)]


# Built once: home asks it for every SENCO.
@cache
def _own_pairs() -> sa.Executable:
    own: Any = sa.bindparam("person_id", type_=sa.Integer())
    is_mentor = Mentorship.mentor_id == own
    other = aliased(Person)
    school = (
        sa.select(sa.func.min(School.name))
        .join(SchoolRole, SchoolRole.school_id == School.id)
        .where(
            SchoolRole.person_id == other.id,
            SchoolRole.role == SchoolRoleKind.SENCO,
            holds_on(SchoolRole, DAY),
        )
        .scalar_subquery()
    )
    return (
        sa.select(Mentorship.id, other.name, other.email, sa.func.coalesce(school, ""), is_mentor)
        .add_columns(Mentorship.starts_on, Mentorship.ends_on, Mentorship.meetings)
        .join(
            other,
            other.id == sa.case((is_mentor, Mentorship.mentee_id), else_=Mentorship.mentor_id),
        )
        .where(sa.or_(is_mentor, Mentorship.mentee_id == own), lasts_until(Mentorship, DAY))
        .order_by(Mentorship.starts_on, Mentorship.id)
    )


def list_mentors(mentee_id: int) -> list[Mentor]:
    """Who could mentor this person: willing, a SENCO today and for two years or more in all.

    Time at several schools at once counts once. In two statements, by name.
    """
    today = clock.today()
    found: dict[int, Mentor] = {}
    for row in db.session.execute(_willing(mentee_id, today)):
        mentor = found.setdefault(row.id, Mentor(row.id, row.name, row.mentees))
        mentor.spans.append((row.starts_on, row.ends_on or today))
        if row.ends_on is None or row.ends_on >= today:
            mentor.schools.append(row.school)
            mentor.clusters += [row.cluster] if row.cluster else []
    return [one for one in found.values() if _served(one.spans, today) >= EXPERIENCED]


def _willing(mentee_id: int, today: date) -> sa.Select[Any]:
    """A row for each SENCO role, and cluster of its school, of everybody who is willing."""
    mentees: Any = (
        sa.select(sa.func.count(Mentorship.id))
        .where(Mentorship.mentor_id == Person.id, lasts_until(Mentorship, today))
        .scalar_subquery()
    )
    member = sa.and_(ClusterMembership.school_id == School.id, holds_on(ClusterMembership, today))
    return (
        sa.select(Person.id, Person.name, mentees.label("mentees"))
        .add_columns(SchoolRole.starts_on, SchoolRole.ends_on)
        .add_columns(School.name.label("school"), Cluster.name.label("cluster"))
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .join(School, School.id == SchoolRole.school_id)
        .join(User, User.person_id == Person.id)
        .outerjoin(ClusterMembership, member)
        .outerjoin(Cluster, Cluster.id == ClusterMembership.cluster_id)
        .where(Person.would_mentor, Person.merged_into_id.is_(None), Person.id != mentee_id)
        .where(SchoolRole.role == SchoolRoleKind.SENCO, SchoolRole.starts_on <= today)
        .where(User.disabled_at.is_(None), is_senco_on(Person.id, today))
        .order_by(Person.name, Person.id, School.name, Cluster.name)
    )


def _served(spans: list[tuple[date, date]], today: date) -> timedelta:
    """How long these days are together, days that two of them share counted once."""
    served, reached = timedelta(), date.min
    for first, last in sorted(spans):
        begins, ends = max(first, reached), min(last, today)
        if ends >= begins:
            served += ends - begins
            reached = ends
    return served
