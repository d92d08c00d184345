"""Reads of what clusters are called, and of the schools that support named."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from cop_site.db import db
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.support.models import Entry, EntrySchool, EntryState


@dataclass(frozen=True)
class SupportedSchool:
    """A school that entries name. Minutes are a cluster's: an entry may name many schools."""

    cluster_id: int
    school_id: int
    name: str
    urn: int | None
    entries: int
    last_on: date


def list_cluster_names() -> dict[int, str]:
    """Every cluster of every kind, in order of name."""
    rows = db.session.execute(sa.select(Cluster.id, Cluster.name).order_by(Cluster.name))
    return {cluster_id: name for cluster_id, name in rows}


def list_supported_schools(
    from_day: date, to_day: date, cluster_ids: Collection[int] | None = None
) -> list[SupportedSchool]:
    """The schools that entries of these days name, by cluster and name. Voided entries don't count.

    One statement. ``cluster_ids`` None gives those of every cluster.
    """
    query = (
        sa.select(
            *(Entry.cluster_id, School.id, School.name, School.urn),
            *(sa.func.count(Entry.id), sa.func.max(Entry.day)),
        )
        .join(EntrySchool, EntrySchool.entry_id == Entry.id)
        .join(School, School.id == EntrySchool.school_id)
        .where(Entry.day.between(from_day, to_day), Entry.state != EntryState.VOIDED)
        .group_by(Entry.cluster_id, School.id, School.name, School.urn)
        .order_by(Entry.cluster_id, School.name, School.id)
    )
    if cluster_ids is not None:
        query = query.where(Entry.cluster_id.in_(cluster_ids))
    return [SupportedSchool(*row) for row in db.session.execute(query)]
