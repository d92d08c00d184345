"""Clusters of schools, and which school was in which when."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.db import Base, FreeText
from cop_site.errors import refuse_constraint
from cop_site.schools.models import School


class ClusterKind(Base):
    """A kind of cluster, as data. A school is in at most one cluster of exclusive kinds a day.

    From ``retired_on`` on no cluster of the kind is begun. Those there are stay what they are.
    """

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str]
    exclusive: Mapped[bool]
    retired_on: Mapped[date | None]


class Cluster(Base):
    """A group of schools: a Community of Practice, an inclusion partnership, or another kind."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind_key: Mapped[str] = mapped_column(sa.ForeignKey("cluster_kind.key"))
    about: Mapped[FreeText] = mapped_column(default="")

    kind: Mapped[ClusterKind] = relationship(lazy="raise")


class ClusterMembership(Base):
    """A school's time in a cluster. ``ends_on`` is the last day it holds; null while open.

    Overlapping exclusive memberships are refused by the database itself: an exclusion
    constraint on PostgreSQL, triggers on SQLite (see the first migration).
    """

    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="forwards"),
        sa.Index("ix_cluster_membership_school", "school_id", "starts_on"),
        sa.Index("ix_cluster_membership_cluster", "cluster_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    exclusive: Mapped[bool]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    cluster: Mapped[Cluster] = relationship(lazy="raise")
    school: Mapped[School] = relationship(lazy="raise")


refuse_constraint(
    "ex_cluster_membership_one_cop",
    sentence="That school is already in another cluster of this kind on one of those days.",
)
refuse_constraint(
    "uq_cluster_name",
    "cluster.name",
    "uq_cluster_slug",
    "cluster.slug",
    sentence="There is a cluster with that name already.",
)
