"""Materials of an event, and what was sent about it afterwards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base, FreeText, enum_column
from cop_site.errors import refuse_constraint


class MaterialKind(StrEnum):
    FILE = "file"
    LINK = "link"
    RESOURCE = "resource"


class Material(Base):
    """A file, a link or a resource of the toolkit that belongs to an event.

    A file's bytes are in the store under ``sha256``, ``size`` is in bytes, and its title is its
    name. A resource's title is its own.
    """

    __table_args__ = (
        sa.UniqueConstraint("event_id", "sha256"),
        sa.UniqueConstraint("event_id", "resource_id"),
        sa.CheckConstraint(
            "(kind = 'file' AND sha256 IS NOT NULL AND size > 0)"
            " OR (kind = 'link' AND url != '')"
            " OR (kind = 'resource' AND resource_id IS NOT NULL)",
            name="of_its_kind",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    kind: Mapped[MaterialKind] = mapped_column(enum_column(MaterialKind))
    title: Mapped[FreeText] = mapped_column(default="")
    url: Mapped[FreeText] = mapped_column(default="")
    resource_id: Mapped[int | None] = mapped_column(sa.ForeignKey("resource.id"), index=True)
    media_type: Mapped[str] = mapped_column(sa.String(100), default="")
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(sa.String(64), index=True)
    added_by_user_id: Mapped[int | None]
    added_at: Mapped[datetime]


class MaterialSending(Base):
    """That an event's materials were mailed: when, by whom, and to how many of each."""

    __table_args__ = (sa.UniqueConstraint("event_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    number: Mapped[int]
    came: Mapped[int]
    missed: Mapped[int]
    sent_by_user_id: Mapped[int | None]
    sent_at: Mapped[datetime]


class Inviting(Base):
    """That people of a list were invited to an event by mail. ``whom`` says which list."""

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"), index=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    whom: Mapped[FreeText]
    people: Mapped[int]
    sent_by_user_id: Mapped[int | None]
    sent_at: Mapped[datetime]


class Invited(Base):
    """That somebody was invited to an event by mail, so that they are not again."""

    __table_args__ = (sa.UniqueConstraint("event_id", "person_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    event_id: Mapped[int] = mapped_column(sa.ForeignKey("event.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), index=True)
    invited_at: Mapped[datetime]


refuse_constraint(
    "uq_material_event_id_sha256",
    "material.event_id, material.sha256",
    sentence="This event has that file already.",
)
refuse_constraint(
    "uq_material_event_id_resource_id",
    "material.event_id, material.resource_id",
    sentence="This event has that resource already.",
)
refuse_constraint(
    "uq_material_sending_event_id_number",
    "material_sending.event_id, material_sending.number",
    sentence="Somebody sent these materials at the same moment. Look again.",
)
refuse_constraint(
    "uq_inviting_key",
    "inviting.key",
    sentence="This form was sent for another event. Open the page again.",
)
