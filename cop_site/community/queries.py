"""Reads of notices."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, User
from cop_site.accounts.topic_policies import NOTICE_ROLES
from cop_site.community.models import Notice
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on

MOST_SHOWN = 10
MOST_AT_HOME = 3


class Reader(NamedTuple):
    """A SENCO of a cluster, who may come in to read."""

    person_id: int
    name: str
    email: str


class ClusterNotice(NamedTuple):
    """A notice with the cluster it is for."""

    notice: Notice
    cluster_name: str
    cluster_slug: str


# Built once each: the cluster's page and home ask for them on every visit.
@cache
def _shown() -> sa.Select[Any]:
    return (
        sa.select(Notice)
        .join(Notice.person)
        .options(contains_eager(Notice.person))
        .where(Notice.removed_at.is_(None), Notice.shown_until >= DAY)
        .order_by(Notice.posted_at.desc(), Notice.id.desc())
    )


def _of_schools() -> sa.ColumnElement[bool]:
    return sa.exists().where(
        ClusterMembership.cluster_id == Notice.cluster_id,
        ClusterMembership.school_id.in_(sa.bindparam("school_ids", expanding=True)),
        holds_on(ClusterMembership, DAY),
    )


@cache
def _of_cluster(for_schools: bool) -> sa.Select[Any]:
    query = _shown().where(Notice.cluster_id == sa.bindparam("cluster_id"))
    return query.where(_of_schools()).limit(MOST_SHOWN) if for_schools else query.limit(MOST_SHOWN)


@cache
def _of_own_clusters() -> sa.Select[Any]:
    named = _shown().join(Notice.cluster).add_columns(Cluster.name, Cluster.slug)
    return named.where(_of_schools()).limit(MOST_AT_HOME)


def list_notices(cluster_id: int, school_ids: Collection[int] | None = None) -> list[Notice]:
    """The newest notices shown today, at most 10, each with who posted it.

    ``school_ids`` leaves nothing unless one of these schools is in the cluster today.
    """
    asked: dict[str, Any] = {"cluster_id": cluster_id, "day": clock.today()}
    if school_ids is not None:
        asked["school_ids"] = list(school_ids)
    return list(db.session.scalars(_of_cluster(school_ids is not None), asked))


def list_newest(school_ids: Collection[int]) -> list[ClusterNotice]:
    """The 3 newest notices shown today of the clusters these schools are in."""
    asked = {"school_ids": list(school_ids), "day": clock.today()}
    return [ClusterNotice(*row) for row in db.session.execute(_of_own_clusters(), asked)]


def list_readers(cluster_id: int) -> tuple[Cluster, list[Reader]]:
    """The cluster, and today's SENCOs of its schools once each, to write to.

    Only those with an open account, and not where mail came back for good.
    """
    day = clock.today()
    rows = db.session.execute(
        sa.select(Person.id, Person.name, User.email)
        .distinct()
        .join(User, User.person_id == Person.id)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .join(ClusterMembership, ClusterMembership.school_id == SchoolRole.school_id)
        .where(
            ClusterMembership.cluster_id == cluster_id,
            holds_on(ClusterMembership, day),
            holds_on(SchoolRole, day),
            SchoolRole.role.in_(NOTICE_ROLES),
            User.disabled_at.is_(None),
            Person.bounced_at.is_(None),
        )
        .order_by(Person.id)
    )
    return db.session.get_one(Cluster, cluster_id), [Reader(*row) for row in rows]


def get_notice(cluster_id: int, notice_id: int, *, with_removed: bool = False) -> Notice:
    """A notice of this cluster, with who posted it, or NotFoundError.

    One that was taken down is found only where ``with_removed`` asks for it.
    """
    query = (
        sa.select(Notice)
        .join(Notice.person)
        .options(contains_eager(Notice.person))
        .where(Notice.id == notice_id, Notice.cluster_id == cluster_id)
    )
    notice = db.session.scalar(query if with_removed else query.where(Notice.removed_at.is_(None)))
    if notice is None:
        raise NotFoundError("There is no such notice.")
    return notice


def lock_notice(cluster_id: int, notice_id: int) -> Notice:
    """The notice as it is now, kept from others until the transaction ends."""
    notice = db.session.scalar(
        sa.select(Notice)
        .where(Notice.id == notice_id, Notice.cluster_id == cluster_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if notice is None:
        raise NotFoundError("There is no such notice.")
    return notice
