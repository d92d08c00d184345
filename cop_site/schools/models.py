"""Schools as the register knows them, and the authority they are in."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.db import Base, FreeText, enum_column


class Authority(Base):
    """The one authority this site serves. A single row.

    Whoever has a question about their data writes to ``data_protection_email``; ``complaints``
    says how to complain. ``notice_confirmed``: their data protection officer has read the privacy
    notice and agrees.
    """

    __table_args__ = (sa.CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    service_name: Mapped[str]
    contact_email: Mapped[str] = mapped_column(default="")
    data_protection_email: Mapped[str] = mapped_column(
        sa.String(254), default="", server_default=""
    )
    complaints: Mapped[str] = mapped_column(default="", server_default="")
    notice_confirmed: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_demonstration: Mapped[bool] = mapped_column(default=False)


class SchoolStatus(StrEnum):
    OPEN = "open"
    PROPOSED_TO_CLOSE = "proposed_to_close"
    CLOSED = "closed"
    PROPOSED_TO_OPEN = "proposed_to_open"

    @property
    def is_open(self) -> bool:
        """An "open, but proposed to close" school is open."""
        return self in (SchoolStatus.OPEN, SchoolStatus.PROPOSED_TO_CLOSE)

    @property
    def label(self) -> str:
        if self is SchoolStatus.PROPOSED_TO_CLOSE:
            return "Open, but proposed to close"
        return self.value.replace("_", " ").capitalize()


def name_phase(phase: str) -> str:
    """A phase as pages say it. The register's words for special schools read like a gap."""
    said = {"Not applicable": "Special, independent or other", "": "Phase not given"}
    return said.get(phase, phase)


# What a search looks through: lower case, no apostrophes, the postcode also in one piece.
SEARCHED = (
    "lower(replace(replace(name || ' ' || town || ' ' || postcode || ' ' ||"
    " replace(postcode, ' ', ''), '''', ''), '’', ''))"
)


class School(Base):
    """A school or setting. One with no URN carries a local code instead."""

    __table_args__ = (
        sa.CheckConstraint("urn IS NOT NULL OR local_code IS NOT NULL", name="identified"),
        sa.Index("ix_school_name", "name", "id"),
        sa.Index("ix_school_la_status", "la_code", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    urn: Mapped[int | None] = mapped_column(unique=True)
    local_code: Mapped[str | None] = mapped_column(sa.String(20), unique=True)
    la_code: Mapped[str] = mapped_column(sa.String(3))
    la_name: Mapped[str]
    number: Mapped[str] = mapped_column(sa.String(4), default="")
    name: Mapped[str]
    type_code: Mapped[str] = mapped_column(sa.String(4))
    type_name: Mapped[str]
    phase: Mapped[str] = mapped_column(sa.String(40))
    status: Mapped[SchoolStatus] = mapped_column(enum_column(SchoolStatus))
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    low_age: Mapped[int | None]
    high_age: Mapped[int | None]
    town: Mapped[str] = mapped_column(default="")
    postcode: Mapped[str] = mapped_column(sa.String(10), default="")
    easting: Mapped[int | None]
    northing: Mapped[int | None]
    pupils: Mapped[int | None]
    trust_code: Mapped[str] = mapped_column(sa.String(10), default="")
    trust_name: Mapped[str] = mapped_column(default="")
    federation_name: Mapped[str] = mapped_column(default="")
    imported_at: Mapped[datetime | None]
    # Kept by the database: 25,000 schools are searched in it without working it out for each.
    searched: Mapped[str] = mapped_column(sa.Computed(SEARCHED, persisted=True))

    @property
    def phase_name(self) -> str:
        return name_phase(self.phase)

    @property
    def label(self) -> str:
        """Name, town and URN: names repeat, so pickers show all three."""
        code = f"URN {self.urn}" if self.urn else self.local_code
        return ", ".join(part for part in (self.name, self.town, str(code)) if part)


class SchoolLinkKind(StrEnum):
    SUCCESSOR = "successor"
    PREDECESSOR = "predecessor"
    OTHER = "other"


class SchoolLink(Base):
    """``school`` became ``successor``: a conversion or an amalgamation. Many to many, dated."""

    __table_args__ = (sa.UniqueConstraint("school_id", "successor_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    successor_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    kind: Mapped[SchoolLinkKind] = mapped_column(enum_column(SchoolLinkKind))
    linked_on: Mapped[date | None]


class SchoolImport(Base):
    """One applied import of the register: who, when, what it changed.

    ``kind`` is "schools" or "links"; a file of links is of no one authority.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20), default="schools", server_default="schools")
    file_name: Mapped[FreeText]
    sha256: Mapped[str] = mapped_column(sa.String(64))
    la_code: Mapped[str] = mapped_column(sa.String(3))
    counts: Mapped[dict[str, Any]]
    by_user_id: Mapped[int | None]
    at: Mapped[datetime]


class Term(Base):
    """A school term. Its period for figures runs to the day before the next term begins.

    The half term is a break inside it, first and last day inclusive; None where nobody said.
    """

    __table_args__ = (sa.CheckConstraint("starts_on < ends_on", name="forwards"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    starts_on: Mapped[date] = mapped_column(unique=True)
    ends_on: Mapped[date]
    half_term_starts_on: Mapped[date | None]
    half_term_ends_on: Mapped[date | None]


class Scope(Base):
    """A named list of schools that a rate is out of, resolved for a term and then frozen.

    Never changed after ``frozen_at``: a correction is a new version with a reason.
    """

    __table_args__ = (sa.UniqueConstraint("term_id", "name", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    term_id: Mapped[int] = mapped_column(sa.ForeignKey("term.id"), index=True)
    name: Mapped[FreeText]
    version: Mapped[int] = mapped_column(default=1)
    rule: Mapped[dict[str, Any]]
    reference_on: Mapped[date]
    frozen_at: Mapped[datetime]
    frozen_by_user_id: Mapped[int | None]
    reason: Mapped[FreeText] = mapped_column(default="")

    term: Mapped[Term] = relationship(lazy="raise")
    rows: Mapped[list[ScopeSchool]] = relationship(
        lazy="raise", back_populates="scope", order_by="ScopeSchool.name"
    )


class ScopeSchool(Base):
    """A school in a scope: its cluster on the reference date, and all else as on being frozen."""

    __table_args__ = (sa.UniqueConstraint("scope_id", "school_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scope_id: Mapped[int] = mapped_column(sa.ForeignKey("scope.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    urn: Mapped[int | None]
    name: Mapped[str]
    phase: Mapped[str]
    type_name: Mapped[str]
    trust_name: Mapped[str]
    cluster_id: Mapped[int | None] = mapped_column(sa.ForeignKey("cluster.id"))
    cluster_name: Mapped[str]

    scope: Mapped[Scope] = relationship(lazy="raise", back_populates="rows")

    @property
    def phase_name(self) -> str:
        return name_phase(self.phase)
