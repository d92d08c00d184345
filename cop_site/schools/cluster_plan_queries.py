"""Reads for planning who is in which cluster."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.browse_queries import matches
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.cluster_plan_models import ClusterPlan
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School
from cop_site.schools.open_queries import open_on
from cop_site.schools.planning_models import Make, PlanSchool

# How many schools are listed at most; a search or a cluster narrows them.
LONGEST_LIST = 200
NOWHERE = "No cluster"


@dataclass(frozen=True)
class PlanFilter:
    """Which schools are listed. ``cluster_id`` 0 for those in no cluster, None for all."""

    cluster_id: int | None = None
    search: str = ""
    phase: str = ""


@dataclass(frozen=True)
class PlanList:
    """Schools by id, in the order of their names. ``listed``: the ids that the filter found, of
    ``total`` that there are."""

    schools: dict[int, PlanSchool]
    listed: frozenset[int]
    total: int

    @property
    def is_cut(self) -> bool:
        return len(self.listed) < self.total


def list_plan_makes(day: date) -> tuple[dict[int | None, str], dict[int | None, Make]]:
    """The clusters that a school has one of, by name, and what each is made of on ``day``.

    Last comes None, for schools in none of them. One statement, however many schools there are.
    """
    rows: list[Any] = list(db.session.execute(sa.union_all(_inside(day), _nowhere(day))))
    names: dict[int | None, str] = {}
    makes: dict[int | None, Make] = defaultdict(Make)
    for key, name, phase, schools, pupils, uncounted in sorted(rows, key=_by_name):
        names[key] = name
        make = makes[key]
        make.schools += schools
        make.pupils += pupils
        make.uncounted += uncounted
        if schools:
            make.phases[phase] += schools
    names[None] = NOWHERE
    return names, {key: makes[key] for key in names}


def _counts() -> tuple[Any, ...]:
    """Of each phase: schools, pupils, and schools whose pupils nobody knows."""
    schools, known = sa.func.count(School.id), sa.func.count(School.pupils)
    return School.phase, schools, sa.func.coalesce(sa.func.sum(School.pupils), 0), schools - known


def _inside(day: date) -> sa.Select[*tuple[Any, ...]]:
    """Of every cluster that a school has one of, empty ones too."""
    held = (ClusterMembership.cluster_id == Cluster.id, holds_on(ClusterMembership, day))
    return (
        sa.select(Cluster.id, Cluster.name, *_counts())
        .join(ClusterKind, ClusterKind.key == Cluster.kind_key)
        .outerjoin(ClusterMembership, sa.and_(*held))
        .outerjoin(School, sa.and_(School.id == ClusterMembership.school_id, open_on(day)))
        .where(ClusterKind.exclusive)
        .group_by(Cluster.id, Cluster.name, School.phase)
    )


def _nowhere(day: date) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(sa.null(), sa.literal(NOWHERE), *_counts())
        .where(open_on(day), ~sa.exists().where(_is_in_one(day)))
        .group_by(School.phase)
    )


def _by_name(row: Any) -> tuple[bool, str]:
    return (row[0] is None, row[1].casefold())


def list_plan_schools(day: date, chosen: PlanFilter, also: Collection[int] = ()) -> PlanList:
    """Schools open on ``day`` with the one cluster each is in then: those that are chosen, at
    most 200 by name, and those whose ids are in ``also``."""
    listed = _listed(day, chosen)
    today, later = aliased(ClusterMembership), aliased(ClusterMembership)
    rows = db.session.execute(
        sa.select(
            listed.c.id,
            listed.c.total,
            *(School.id, School.name, School.town, School.phase, School.pupils),
            ClusterMembership.cluster_id,
            *(later.cluster_id, later.starts_on, today.ends_on),
        )
        .outerjoin(listed, listed.c.id == School.id)
        .outerjoin(ClusterMembership, _is_in_one(day))
        .outerjoin(today, _is_in_one(clock.today(), today))
        .outerjoin(later, _is_next_one(later))
        .where(open_on(day), sa.or_(listed.c.id.is_not(None), School.id.in_(also)))
        .order_by(School.name, School.id)
    ).all()
    found = frozenset(row[0] for row in rows if row[0] is not None)
    total = max((row[1] or 0 for row in rows), default=0)
    return PlanList({row[2]: PlanSchool(*row[2:]) for row in rows}, found, total)


def _listed(day: date, chosen: PlanFilter) -> sa.CTE:
    return (
        sa.select(School.id, sa.func.count().over().label("total"))
        .outerjoin(ClusterMembership, _is_in_one(day))
        .where(open_on(day), *_conditions(chosen))
        .order_by(School.name, School.id)
        .limit(LONGEST_LIST)
        .cte("listed")
    )


def _conditions(chosen: PlanFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if chosen.cluster_id is not None:
        found.append(ClusterMembership.cluster_id.is_not_distinct_from(chosen.cluster_id or None))
    if chosen.search:
        found.append(matches(chosen.search))
    if chosen.phase:
        found.append(School.phase == chosen.phase)
    return found


def _is_in_one(day: date, row: Any = ClusterMembership) -> sa.ColumnElement[bool]:
    return sa.and_(row.school_id == School.id, row.exclusive, holds_on(row, day))


def _is_next_one(row: Any) -> sa.ColumnElement[bool]:
    """The first that begins after today."""
    any_ = aliased(ClusterMembership)
    first_day = (
        sa.select(sa.func.min(any_.starts_on))
        .where(any_.school_id == School.id, any_.exclusive, any_.starts_on > clock.today())
        .correlate(School)
        .scalar_subquery()
    )
    return sa.and_(row.school_id == School.id, row.exclusive, row.starts_on == first_day)


def list_plans_ahead() -> list[ClusterPlan]:
    """Plans that were saved and whose day has not come, the nearest first."""
    return list(db.session.scalars(_ahead().order_by(ClusterPlan.starts_on, ClusterPlan.id)))


def get_plan_ahead(plan_id: int) -> ClusterPlan:
    """One of those, or NotFoundError."""
    plan = db.session.scalar(_ahead().where(ClusterPlan.id == plan_id))
    if plan is None:
        raise NotFoundError("There is no such plan, or its day has come.")
    return plan


def _ahead() -> sa.Select[ClusterPlan]:
    return sa.select(ClusterPlan).where(
        ClusterPlan.starts_on > clock.today(), ClusterPlan.undone_at.is_(None)
    )
