"""Mentoring of SENCOs who are new in role: who with whom, since when, how often. No content."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.accounts.models import Person
from cop_site.db import Base


class Mentorship(Base):
    """A pair, put together by hand, from ``starts_on`` to ``ends_on`` inclusive."""

    __table_args__ = (
        sa.CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="forwards"),
        sa.CheckConstraint("mentor_id <> mentee_id", name="two_people"),
        sa.CheckConstraint("meetings >= 0", name="meetings"),
        sa.Index(
            "uq_mentorship_open",
            "mentee_id",
            unique=True,
            sqlite_where=sa.text("ends_on IS NULL"),
            postgresql_where=sa.text("ends_on IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mentor_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    mentee_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    meetings: Mapped[int] = mapped_column(default=0)

    mentor: Mapped[Person] = relationship(lazy="raise", foreign_keys=[mentor_id])
    mentee: Mapped[Person] = relationship(lazy="raise", foreign_keys=[mentee_id])
