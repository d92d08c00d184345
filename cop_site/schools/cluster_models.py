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

    __table_args__ = (sa.Index("uq_cluster_kind_key_exclusive", "key", "exclusive", unique=True),)

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str]
    exclusive: Mapped[bool]
    retired_on: Mapped[date | None]


class Cluster(Base):
    """A group of schools: a Community of Practice, an inclusion partnership, or another kind.

    ``exclusive`` is its kind's. The database keeps the two alike, and memberships with them, so
    that none can pass by the rule of one at a time.
    """

    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["kind_key", "exclusive"], ["cluster_kind.key", "cluster_kind.exclusive"]
        ),
        sa.Index("uq_cluster_id_exclusive", "id", "exclusive", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind_key: Mapped[str] = mapped_column(sa.String(40))
    exclusive: Mapped[bool]
    about: Mapped[FreeText] = mapped_column(default="")

    kind: Mapped[ClusterKind] = relationship(lazy="raise", foreign_keys=[kind_key])


class ClusterMembership(Base):
    """A school's time in a cluster. ``ends_on`` is the last day it holds; null while open.

    Overlapping exclusive memberships are refused by the database itself: an exclusion
    constraint on PostgreSQL, triggers on SQLite (see the second migration). Whether one is
    exclusive is its cluster's to say, which the database refuses to hear otherwise.
    """

    __table_args__ = (
        sa.ForeignKeyConstraint(["cluster_id", "exclusive"], ["cluster.id", "cluster.exclusive"]),
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="forwards"),
        sa.Index("ix_cluster_membership_school", "school_id", "starts_on"),
        sa.Index("ix_cluster_membership_cluster", "cluster_id", "starts_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = mapped_column()
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    exclusive: Mapped[bool]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]

    cluster: Mapped[Cluster] = relationship(lazy="raise", foreign_keys=[cluster_id])
    school: Mapped[School] = relationship(lazy="raise")


refuse_constraint(
    "ex_cluster_membership_one_cop",
    sentence="That school is already in another cluster of this kind on one of those days.",
)
refuse_constraint(
    "fk_cluster_kind_key_exclusive",
    "fk_cluster_membership_cluster_id_exclusive",
    sentence="A school is in only one cluster of some kinds at a time. This would break that rule.",
)
refuse_constraint(
    "uq_cluster_name",
    "cluster.name",
    "uq_cluster_slug",
    "cluster.slug",
    sentence="There is a cluster with that name already.",
)
