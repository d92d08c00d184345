"""Resources of the Toolkit, their versions and files, and who downloaded what."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.db import Base, EditCount, FreeText, enum_column
from cop_site.errors import refuse_constraint
from cop_site.schools.models import School


class Facet(StrEnum):
    """What resources are sorted by. The values of each are data."""

    AREA = "area"
    STAGE = "stage"
    TIER = "tier"
    PHASE = "phase"

    @property
    def label(self) -> str:
        return {"area": "Area of need", "tier": "Tier of support"}.get(
            self.value, self.value.capitalize()
        )


class FacetValue(Base):
    """One value of a facet, as data: an area of need, a stage. A retired one is not offered."""

    key: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    facet: Mapped[Facet] = mapped_column(enum_column(Facet))
    name: Mapped[str]
    position: Mapped[int]
    is_retired: Mapped[bool] = mapped_column(default=False)


class Resource(Base):
    """Something schools use, whatever its version. ``owner`` keeps it fresh by ``review_on``."""

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(80), unique=True)
    owner_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    review_on: Mapped[date]
    replaced_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resource.id"))
    created_by_user_id: Mapped[int | None]
    created_at: Mapped[datetime]

    owner: Mapped[Person] = relationship(lazy="raise")
    replaced_by: Mapped[Resource | None] = relationship(lazy="raise", remote_side=id)
    versions: Mapped[list[ResourceVersion]] = relationship(
        lazy="raise", back_populates="resource", order_by="ResourceVersion.number"
    )


class VersionState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"


class Accessibility(StrEnum):
    """What is known of the files' accessibility. Publishing needs one of these."""

    ACCESSIBLE = "accessible"
    PARTLY = "partly"
    NOT_ACCESSIBLE = "not_accessible"

    @property
    def label(self) -> str:
        return {
            "accessible": "Accessible: checked",
            "partly": "Partly accessible",
            "not_accessible": "Not accessible yet",
        }[self.value]


class ResourceVersion(Base):
    """One version's words and files. At most one of a resource is published, and one a draft.

    ``guidance`` is Markdown. ``edits`` counts saves, so that a second editor is told. The three
    texts are searched through an index that the database keeps (migration 0004).
    """

    __table_args__ = (
        sa.UniqueConstraint("resource_id", "number"),
        sa.Index(
            "uq_resource_version_published",
            "resource_id",
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        ),
        sa.Index(
            "uq_resource_version_draft",
            "resource_id",
            unique=True,
            sqlite_where=sa.text("state = 'draft'"),
            postgresql_where=sa.text("state = 'draft'"),
        ),
        sa.Index("ix_resource_version_state", "state", "title", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(sa.ForeignKey("resource.id"))
    number: Mapped[int]
    state: Mapped[VersionState] = mapped_column(enum_column(VersionState))
    title: Mapped[FreeText]
    summary: Mapped[FreeText]
    guidance: Mapped[FreeText] = mapped_column(default="")
    accessibility: Mapped[Accessibility | None] = mapped_column(enum_column(Accessibility))
    accessibility_note: Mapped[FreeText] = mapped_column(default="")
    change_note: Mapped[FreeText] = mapped_column(default="")
    edits: Mapped[EditCount]
    created_by_user_id: Mapped[int | None]
    created_at: Mapped[datetime]
    published_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    resource: Mapped[Resource] = relationship(lazy="raise", back_populates="versions")
    files: Mapped[list[ResourceFile]] = relationship(
        lazy="raise", back_populates="version", order_by="ResourceFile.position"
    )
    facets: Mapped[list[FacetValue]] = relationship(
        lazy="raise", secondary="version_facet", order_by="FacetValue.position"
    )


class VersionFacet(Base):
    """A facet's value that a version has. Kept by version: figures ask what was true then."""

    __table_args__ = (sa.Index("ix_version_facet_value", "facet_key", "version_id"),)

    version_id: Mapped[int] = mapped_column(sa.ForeignKey("resource_version.id"), primary_key=True)
    facet_key: Mapped[str] = mapped_column(sa.ForeignKey("facet_value.key"), primary_key=True)


class ResourceFile(Base):
    """A file of a version. Its bytes are in the store under ``sha256``; ``size`` is in bytes."""

    __table_args__ = (
        sa.UniqueConstraint("version_id", "sha256"),
        sa.CheckConstraint("size > 0", name="not_empty"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("resource_version.id"))
    position: Mapped[int]
    name: Mapped[FreeText] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    added_by_user_id: Mapped[int | None]
    added_at: Mapped[datetime]

    version: Mapped[ResourceVersion] = relationship(lazy="raise", back_populates="files")


class Download(Base):
    """A download by somebody for a school: one a person, school, resource and day in London.

    ``role`` is the role they held there then. Service staff and partners leave no row.
    """

    __table_args__ = (
        sa.UniqueConstraint("person_id", "school_id", "resource_id", "day"),
        sa.Index("ix_download_school_day", "school_id", "day"),
        sa.Index("ix_download_day", "day"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"))
    role: Mapped[SchoolRoleKind] = mapped_column(enum_column(SchoolRoleKind))
    resource_id: Mapped[int] = mapped_column(sa.ForeignKey("resource.id"), index=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("resource_version.id"))
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("resource_file.id"))
    day: Mapped[date]
    at: Mapped[datetime]

    school: Mapped[School] = relationship(lazy="raise")
    resource: Mapped[Resource] = relationship(lazy="raise")


refuse_constraint(
    "uq_resource_slug",
    "resource.slug",
    sentence="There is a resource with that title already.",
)
refuse_constraint(
    "uq_resource_version_draft",
    "uq_resource_version_published",
    "uq_resource_version_resource_id_number",
    "resource_version.resource_id",
    sentence="Somebody else changed this resource at the same moment. Look again.",
)
refuse_constraint(
    "uq_resource_file_version_id_sha256",
    "resource_file.version_id, resource_file.sha256",
    sentence="This version has that file already.",
)
