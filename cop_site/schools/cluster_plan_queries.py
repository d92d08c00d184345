"""Reads for planning who is in which cluster."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.cluster_plan_models import ClusterPlan
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School, SchoolStatus
from cop_site.schools.planning_models import PlanSchool


def list_plan_clusters() -> list[Cluster]:
    """The clusters that a school has one of, by name."""
    query = sa.select(Cluster).join(ClusterKind, ClusterKind.key == Cluster.kind_key)
    return list(db.session.scalars(query.where(ClusterKind.exclusive).order_by(Cluster.name)))


def list_plan_schools(day: date) -> list[PlanSchool]:
    """Every school that is open on ``day``, by name, with the one cluster it is in then."""
    one = sa.and_(
        ClusterMembership.school_id == School.id,
        ClusterMembership.exclusive,
        holds_on(ClusterMembership, day),
    )
    rows = db.session.execute(
        sa.select(
            School.id,
            School.name,
            School.town,
            School.phase,
            School.pupils,
            ClusterMembership.cluster_id,
        )
        .outerjoin(ClusterMembership, one)
        .where(
            School.status != SchoolStatus.CLOSED,
            sa.or_(School.opened_on.is_(None), School.opened_on <= day),
            sa.or_(School.closed_on.is_(None), School.closed_on > day),
        )
        .order_by(School.name, School.id)
    )
    return [PlanSchool(*row) for row in rows]


def list_plans_ahead() -> list[ClusterPlan]:
    """Plans that were saved and whose day has not come, the nearest first."""
    query = sa.select(ClusterPlan).where(
        ClusterPlan.starts_on > clock.today(), ClusterPlan.undone_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(ClusterPlan.starts_on, ClusterPlan.id)))
