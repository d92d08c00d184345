"""Reads of clusters and of which school is in which."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from cop_site import clock
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.map_models import MapSchool
from cop_site.schools.models import School, SchoolStatus
from cop_site.schools.open_queries import is_closed_on, not_closed_on

LONGEST_CHOICE = 200
LONGEST_MAP = 500
# First day, last day, and how many schools are in a cluster for just these.
Span = tuple[date, date | None, int]


@dataclass(frozen=True)
class ClusterLine:
    """A cluster with the number of schools in it on the day asked for.

    ``changes_on``: the next day on which that is another number, None where it stays;
    ``count_then``: how many are in it on that day.
    """

    cluster: Cluster
    school_count: int
    changes_on: date | None
    count_then: int


# The day that statements built once are filled in with.
DAY: Any = sa.bindparam("day", type_=sa.Date())


def holds_on(row: Any, day: date) -> sa.ColumnElement[bool]:
    """True for a dated row that holds on ``day``; ``ends_on`` is the last day it holds."""
    return sa.and_(row.starts_on <= day, lasts_until(row, day))


def lasts_until(row: Any, day: date) -> sa.ColumnElement[bool]:
    """True for a dated row that holds on ``day`` or will later."""
    return sa.or_(row.ends_on.is_(None), row.ends_on >= day)


def list_kinds() -> list[ClusterKind]:
    """The kinds that a new cluster may be of, those a school has one of first."""
    query = sa.select(ClusterKind).where(ClusterKind.retired_on.is_(None))
    return list(db.session.scalars(query.order_by(ClusterKind.exclusive.desc(), ClusterKind.name)))


def list_counted_kinds() -> list[tuple[ClusterKind, int]]:
    """Every kind, retired ones last, and how many clusters are of it."""
    count = sa.select(sa.func.count()).where(Cluster.kind_key == ClusterKind.key).scalar_subquery()
    order = (ClusterKind.retired_on.is_not(None), ClusterKind.exclusive.desc(), ClusterKind.name)
    rows = db.session.execute(sa.select(ClusterKind, count).order_by(*order))
    return [(kind, number) for kind, number in rows]


def get_kind(key: str) -> ClusterKind:
    """The kind, or NotFoundError."""
    kind = db.session.get(ClusterKind, key)
    if kind is None:
        raise NotFoundError("There is no such kind of cluster.")
    return kind


def get_cluster(slug: str) -> Cluster:
    """The cluster with its kind, or NotFoundError."""
    cluster = db.session.scalar(
        sa.select(Cluster).where(Cluster.slug == slug).options(joinedload(Cluster.kind))
    )
    if cluster is None:
        raise NotFoundError("There is no such cluster.")
    return cluster


def list_clusters(day: date | None = None) -> list[ClusterLine]:
    """Every cluster with its kind and how many schools are in it on ``day`` (today unless told),
    and from the next day on which that changes. A school counts until the day before it closes.

    Grouped by kind, those a school has one of first, then by name.
    """
    day = day or clock.today()
    held: tuple[Any, ...] = (ClusterMembership.starts_on, ClusterMembership.ends_on)
    held = (ClusterMembership.cluster_id, *held, School.closed_on)
    spans = (
        sa.select(*held, sa.func.count(ClusterMembership.school_id.distinct()).label("schools"))
        .join(School, School.id == ClusterMembership.school_id)
        .where(lasts_until(ClusterMembership, day), not_closed_on(day))
        .group_by(*held)
        .subquery()
    )
    days = (spans.c.starts_on, spans.c.ends_on, spans.c.closed_on)
    rows = db.session.execute(
        sa.select(Cluster, *days, spans.c.schools)
        .join(Cluster.kind)
        .outerjoin(spans, spans.c.cluster_id == Cluster.id)
        .options(contains_eager(Cluster.kind))
        .order_by(ClusterKind.exclusive.desc(), ClusterKind.name, Cluster.name, Cluster.id)
    )
    found: dict[Cluster, list[Span]] = {}
    for cluster, starts_on, ends_on, closed_on, schools in rows:
        held_here = found.setdefault(cluster, [])
        if starts_on is not None:
            held_here.append((starts_on, _last_day(ends_on, closed_on), schools))
    return [_count(cluster, held_here, day) for cluster, held_here in found.items()]


def _last_day(ends_on: date | None, closed_on: date | None) -> date | None:
    days = [ends_on, closed_on - clock.ONE_DAY if closed_on else None]
    return min((day for day in days if day), default=None)


def _count(cluster: Cluster, spans: list[Span], day: date) -> ClusterLine:
    """On each day on which anything begins or is over, until the number is another."""

    def on(one: date) -> int:
        return sum(count for first, last, count in spans if first <= one <= (last or one))

    firsts = {first for first, _last, _count in spans}
    overs = {last + clock.ONE_DAY for _first, last, _count in spans if last}
    now = on(day)
    then = (one for one in sorted(firsts | overs) if one > day and on(one) != now)
    changes_on = next(then, None)
    return ClusterLine(cluster, now, changes_on, on(changes_on) if changes_on else now)


def kinds_of(lines: Iterable[ClusterLine]) -> dict[str, str]:
    """The kinds of these clusters, key to name, in their order."""
    return {line.cluster.kind_key: line.cluster.kind.name for line in lines}


def list_memberships(cluster_id: int, since: date | None = None) -> list[ClusterMembership]:
    """Memberships that hold on ``since`` (today unless told) or will later, by school name.

    Each has its school loaded. Tell those ahead by ``starts_on``.
    """
    return list(
        db.session.scalars(
            sa.select(ClusterMembership)
            .join(ClusterMembership.school)
            .options(contains_eager(ClusterMembership.school))
            .where(
                ClusterMembership.cluster_id == cluster_id,
                lasts_until(ClusterMembership, since or clock.today()),
            )
            .order_by(School.name, School.id, ClusterMembership.starts_on)
        )
    )


def part_closed(
    rows: Iterable[ClusterMembership], day: date
) -> tuple[list[ClusterMembership], list[ClusterMembership]]:
    """Those of schools that count on ``day``, and those of schools that have closed by then."""
    held = list(rows)
    closed = [row for row in held if is_closed_on(row.school, day)]
    return [row for row in held if row not in closed], closed


def list_clusters_of(school_id: int) -> list[ClusterMembership]:
    """The clusters that a school is in today, its exclusive one first, then those it joins later.

    Each has its cluster and kind loaded. Tell those ahead by ``starts_on``.
    """
    today = clock.today()
    query = (
        sa.select(ClusterMembership)
        .join(ClusterMembership.cluster)
        .options(contains_eager(ClusterMembership.cluster).joinedload(Cluster.kind))
        .where(ClusterMembership.school_id == school_id, lasts_until(ClusterMembership, today))
    )
    later = sa.case((ClusterMembership.starts_on > today, ClusterMembership.starts_on))
    order = (later.asc().nulls_first(), ClusterMembership.exclusive.desc(), Cluster.name)
    return list(db.session.scalars(query.order_by(*order, ClusterMembership.id)))


def list_map_schools(cluster_ids: Collection[int]) -> list[MapSchool]:
    """The schools that count in these clusters today, by name, with their place on the grid.

    At most 500: a map of one cluster holds the others.
    """
    rows = db.session.execute(
        sa.select(
            School.id,
            School.name,
            School.town,
            School.phase,
            ClusterMembership.cluster_id,
            School.easting,
            School.northing,
        )
        .join(School, School.id == ClusterMembership.school_id)
        .where(
            ClusterMembership.cluster_id.in_(cluster_ids),
            holds_on(ClusterMembership, clock.today()),
            not_closed_on(clock.today()),
        )
        .order_by(School.name, School.id, ClusterMembership.id)
        .limit(LONGEST_MAP)
    )
    return [MapSchool(*row) for row in rows]


def clusters_of(school_ids: Collection[int], day: date | None = None) -> dict[int, list[Cluster]]:
    """The clusters of each school on ``day`` (today unless told), its exclusive one first."""
    found: dict[int, list[Cluster]] = {school_id: [] for school_id in school_ids}
    rows = db.session.execute(
        sa.select(ClusterMembership.school_id, Cluster)
        .join(Cluster, Cluster.id == ClusterMembership.cluster_id)
        .join(Cluster.kind)
        .options(contains_eager(Cluster.kind))
        .where(
            ClusterMembership.school_id.in_(school_ids),
            holds_on(ClusterMembership, day or clock.today()),
        )
        .order_by(ClusterMembership.exclusive.desc(), Cluster.name, Cluster.id)
    )
    for school_id, cluster in rows:
        found[school_id].append(cluster)
    return found


def list_schools_to_add(cluster: Cluster, source: Cluster | None, search: str = "") -> list[School]:
    """Schools that may join ``cluster`` from ``source``, or from no cluster where it is None.

    Closed schools are left out. At most 200: ``search`` by name or town narrows them.
    """
    standing = sa.select(ClusterMembership.school_id).where(ClusterMembership.ends_on.is_(None))
    query = sa.select(School).where(School.status != SchoolStatus.CLOSED)
    query = query.where(School.id.not_in(standing.where(_in(cluster))))
    if source is not None:
        here = sa.select(ClusterMembership.school_id).where(
            _in(source), lasts_until(ClusterMembership, clock.today())
        )
        query = query.where(School.id.in_(here))
    elif cluster.kind.exclusive:
        query = query.where(School.id.not_in(standing.where(ClusterMembership.exclusive)))
    for word in search.split()[:8]:
        text = School.name + " " + School.town
        query = query.where(text.icontains(word, autoescape=True))
    return list(db.session.scalars(query.order_by(School.name, School.id).limit(LONGEST_CHOICE)))


def _in(cluster: Cluster) -> sa.ColumnElement[bool]:
    return ClusterMembership.cluster_id == cluster.id
