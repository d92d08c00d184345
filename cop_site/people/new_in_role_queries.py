"""Reads of SENCOs who are new: whose first SENCO role anywhere began less than a year ago.

Acting and interim roles count. A SENCO who moves school is not new.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind
from cop_site.db import db
from cop_site.people.mentoring_models import Mentorship
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on, lasts_until
from cop_site.schools.models import School

SINCE: Any = sa.bindparam("since", type_=sa.Date())


@dataclass(frozen=True)
class NewSenco:
    """A SENCO who is new, at one of their schools. ``mentor`` is a name, None without one.

    ``is_new`` is False for somebody who is no longer new but still has a mentor.
    """

    person_id: int
    name: str
    school_id: int
    school_name: str
    starts_on: date
    cluster_id: int
    cluster_name: str
    cluster_slug: str
    mentor: str | None
    is_new: bool


def year_before(day: date, years: int = 1) -> date:
    """The same date in an earlier year; 28 February for the 29th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def was_senco_by(person_id: Any, day: Any) -> sa.ColumnElement[bool]:
    """True for somebody who had begun as a SENCO, anywhere, on that day or before."""
    earlier = aliased(SchoolRole)
    return sa.exists().where(
        earlier.person_id == person_id,
        earlier.role == SchoolRoleKind.SENCO,
        earlier.starts_on <= day,
    )


def is_senco_on(person_id: Any, day: Any) -> sa.ColumnElement[bool]:
    """True for somebody who is a SENCO somewhere on that day."""
    held = aliased(SchoolRole)
    return sa.exists().where(
        held.person_id == person_id, held.role == SchoolRoleKind.SENCO, holds_on(held, day)
    )


def is_new(person_id: Any, today: date) -> sa.ColumnElement[bool]:
    """True for a SENCO of today who is new in role."""
    return sa.and_(
        is_senco_on(person_id, today), sa.not_(was_senco_by(person_id, year_before(today)))
    )


def list_new_sencos(cluster_ids: Collection[int]) -> list[NewSenco]:
    """Who is new at the schools of these clusters today, and who else has a mentor there.

    In one statement, the newest last. Of a mentor now and one to come, the one now.
    """
    today = clock.today()
    asked = {"cluster_ids": list(cluster_ids), "day": today, "since": year_before(today)}
    return [NewSenco(*row) for row in db.session.execute(_new_sencos(), asked)]


def _nearest_pair() -> sa.ScalarSelect[int]:
    """The pair of a mentee that holds, or begins next: one, whatever is planned."""
    nearest = aliased(Mentorship)
    query = sa.select(nearest.id).where(nearest.mentee_id == Person.id, lasts_until(nearest, DAY))
    return query.order_by(nearest.starts_on, nearest.id).limit(1).scalar_subquery()


# Built once, for home: an EP's asks it each time.
@cache
def _new_sencos() -> sa.Executable:
    mentor, is_new = aliased(Person), ~was_senco_by(SchoolRole.person_id, SINCE)
    own = sa.and_(
        ClusterMembership.school_id == SchoolRole.school_id, holds_on(ClusterMembership, DAY)
    )
    return (
        sa.select(Person.id, Person.name, School.id, School.name, SchoolRole.starts_on)
        .add_columns(Cluster.id, Cluster.name, Cluster.slug, mentor.name, is_new)
        .select_from(SchoolRole)
        .join(Person, Person.id == SchoolRole.person_id)
        .join(School, School.id == SchoolRole.school_id)
        .join(ClusterMembership, own)
        .join(Cluster, Cluster.id == ClusterMembership.cluster_id)
        .outerjoin(Mentorship, Mentorship.id == _nearest_pair())
        .outerjoin(mentor, mentor.id == Mentorship.mentor_id)
        .where(
            SchoolRole.role == SchoolRoleKind.SENCO,
            holds_on(SchoolRole, DAY),
            Person.merged_into_id.is_(None),
            sa.or_(is_new, Mentorship.id.is_not(None)),
            Cluster.id.in_(sa.bindparam("cluster_ids", expanding=True)),
        )
        .order_by(SchoolRole.starts_on, Person.name, School.name, Cluster.name)
    )


def is_new_senco(today: date) -> sa.ColumnElement[bool]:
    """True for a SENCO's role of today whose holder is new in role."""
    since = year_before(today)
    is_senco = SchoolRole.role == SchoolRoleKind.SENCO
    return sa.and_(is_senco, ~was_senco_by(SchoolRole.person_id, since))
