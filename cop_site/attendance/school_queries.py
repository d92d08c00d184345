"""Schools to choose from when somebody turns up."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School, SchoolStatus

MOST_SHOWN = 12
FEWEST_LETTERS = 2
_OPEN = School.status.in_([status for status in SchoolStatus if status.is_open])


def list_likely_schools(cluster_id: int | None, words: str) -> list[School]:
    """Open schools whose name, town or URN hold each word; at most 12.

    With fewer than two letters the schools of the event's cluster today, if it has one.
    """
    if len(words.strip()) >= FEWEST_LETTERS:
        return _list_matching(words)
    return _list_in_cluster(cluster_id) if cluster_id is not None else []


def _list_matching(words: str) -> list[School]:
    text = (
        School.name + " " + School.town + " " + sa.func.coalesce(sa.cast(School.urn, sa.Text), "")
    )
    found = [text.icontains(word, autoescape=True) for word in words.split()[:6]]
    query = sa.select(School).where(_OPEN, *found).order_by(School.name, School.id)
    return list(db.session.scalars(query.limit(MOST_SHOWN)))


def _list_in_cluster(cluster_id: int) -> list[School]:
    query = (
        sa.select(School)
        .join(ClusterMembership, ClusterMembership.school_id == School.id)
        .where(
            ClusterMembership.cluster_id == cluster_id,
            holds_on(ClusterMembership, clock.today()),
            _OPEN,
        )
        .order_by(School.name, School.id)
    )
    return list(db.session.scalars(query))


def find_open_school(school_id: int) -> School | None:
    return db.session.scalar(sa.select(School).where(School.id == school_id, _OPEN))
