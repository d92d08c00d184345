"""What an event of a kind usually says."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base, FreeText, enum_column
from cop_site.errors import refuse_constraint
from cop_site.events.models import EventKind


class EventTemplate(Base):
    """What an event of a kind usually says, to start from."""

    __table_args__ = (sa.UniqueConstraint("kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[EventKind] = mapped_column(enum_column(EventKind))
    title: Mapped[FreeText] = mapped_column(default="")
    description: Mapped[FreeText] = mapped_column(default="")


refuse_constraint(
    "uq_event_template_kind",
    "event_template.kind",
    sentence="Somebody else wrote this at the same moment. Save again to see what.",
)
