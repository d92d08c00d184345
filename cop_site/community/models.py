"""Notices of a cluster."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.accounts.models import Person
from cop_site.db import Base, EditCount, FreeText
from cop_site.schools.cluster_models import Cluster


class Notice(Base):
    """Something the people of a cluster should know, until ``shown_until`` inclusive.

    ``text`` is Markdown. ``edits`` counts saves. One taken down keeps its row.
    """

    __table_args__ = (sa.Index("ix_notice_cluster", "cluster_id", "removed_at", "posted_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cluster_id: Mapped[int] = mapped_column(sa.ForeignKey("cluster.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    title: Mapped[FreeText]
    text: Mapped[FreeText] = mapped_column(default="")
    shown_until: Mapped[date]
    edits: Mapped[EditCount]
    posted_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    removed_by_user_id: Mapped[int | None]

    cluster: Mapped[Cluster] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
