"""Reads for the pages that gather."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on
from cop_site.toolkit.models import Download, Resource, ResourceVersion, VersionState

RECENT = timedelta(days=60)
MOST = 5


class UsedResource(NamedTuple):
    """A resource that a cluster's schools downloaded lately; only how many of them, never which."""

    slug: str
    title: str
    school_count: int


def list_used_by_cluster(
    cluster_id: int, *, own_schools: Collection[int] | None
) -> list[UsedResource]:
    """The resources that most of a cluster's schools downloaded in the last 60 days.

    ``own_schools``: nothing unless one of them is in the cluster today; None for those who may
    see every cluster. One statement.
    """
    today = clock.today()
    asked = {
        "cluster_id": cluster_id,
        "day": today,
        "since": today - RECENT,
        "is_any": own_schools is None,
        "own": list(own_schools or ()),
    }
    return [UsedResource(*row) for row in db.session.execute(_used(), asked)]


@cache
def _used() -> sa.Executable:
    members = sa.select(ClusterMembership.school_id).where(
        ClusterMembership.cluster_id == sa.bindparam("cluster_id", type_=sa.Integer()),
        holds_on(ClusterMembership, DAY),
    )
    own = members.where(ClusterMembership.school_id.in_(sa.bindparam("own", expanding=True)))
    schools = sa.func.count(Download.school_id.distinct())
    return (
        sa.select(Resource.slug, ResourceVersion.title, schools)
        .join(Resource, Resource.id == Download.resource_id)
        .join(ResourceVersion, ResourceVersion.resource_id == Resource.id)
        .where(
            ResourceVersion.state == VersionState.PUBLISHED,
            Download.day > sa.bindparam("since", type_=sa.Date()),
            Download.school_id.in_(members),
            sa.or_(sa.bindparam("is_any", type_=sa.Boolean()), own.exists()),
        )
        .group_by(Resource.slug, ResourceVersion.title)
        .order_by(schools.desc(), ResourceVersion.title, Resource.slug)
        .limit(MOST)
    )
