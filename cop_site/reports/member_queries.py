"""Reads of which school was in which Community of Practice when."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.people.senco_check_queries import has_senco
from cop_site.reports.fact_models import ListedSchool, Member
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.models import School
from cop_site.schools.term_models import Period


def list_members(periods: Collection[Period]) -> list[Member]:
    """Memberships that hold on some day of the periods, in clusters that a school is in one of at
    a time. One statement. Names and closing days are the register's now."""
    rows = db.session.execute(
        sa.select(
            *(School.id, School.name, School.urn, School.phase, School.type_name),
            *(School.trust_name, Cluster.id, Cluster.name, School.closed_on),
            has_senco(clock.today()),
            *(ClusterMembership.starts_on, ClusterMembership.ends_on),
        )
        .select_from(ClusterMembership)
        .join(School, School.id == ClusterMembership.school_id)
        .join(Cluster, Cluster.id == ClusterMembership.cluster_id)
        .where(ClusterMembership.exclusive, sa.or_(*(_holds_in(period) for period in periods)))
        .order_by(ClusterMembership.starts_on, ClusterMembership.id)
    )
    return [Member(ListedSchool(*row[:10]), row.starts_on, row.ends_on) for row in rows]


def _holds_in(period: Period) -> sa.ColumnElement[bool]:
    lasts = sa.or_(
        ClusterMembership.ends_on.is_(None), ClusterMembership.ends_on >= period.starts_on
    )
    if period.ends_on is None:
        return lasts
    return sa.and_(ClusterMembership.starts_on <= period.ends_on, lasts)
