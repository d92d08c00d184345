"""The outbox."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base, FreeJson, FreeText, enum_column


class MessageState(StrEnum):
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    REFUSED = "refused"
    GIVEN_UP = "given_up"


class OutboxMessage(Base):
    """One message to one address, written in the transaction that gave cause for it.

    ``context`` holds the plain texts that the template ``<domain>/emails/<name>.txt`` needs, as
    they were true then, so that a late delivery still says what happened. Where it holds
    "calendar", a calendar file is made of that and attached.
    """

    __table_args__ = (
        sa.UniqueConstraint(
            "recipient", "thing", "thing_id", "kind", "version", name="uq_outbox_message_once"
        ),
        sa.Index("ix_outbox_message_due", "state", "due_at"),
        # Whether anybody was mailed about a thing, whoever it was.
        sa.Index("ix_outbox_message_thing", "thing", "thing_id", "kind", "version"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    recipient_name: Mapped[FreeText]
    thing: Mapped[str] = mapped_column(sa.String(40))
    thing_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(60))
    version: Mapped[int]
    context: Mapped[FreeJson]
    state: Mapped[MessageState] = mapped_column(enum_column(MessageState))
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    last_error: Mapped[FreeText] = mapped_column(default="")
