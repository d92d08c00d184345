"""Reads of the outbox."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.notifications.models import OutboxMessage


def find_message(message_id: int) -> OutboxMessage | None:
    """The message as it stands in the database now; None where its reader was forgotten."""
    return db.session.get(OutboxMessage, message_id, populate_existing=True)


def list_recipients(thing: str, thing_id: int, kind: str, version: int) -> set[str]:
    """The addresses that had, or are to have, this message."""
    query = sa.select(OutboxMessage.recipient).where(
        OutboxMessage.thing == thing,
        OutboxMessage.thing_id == thing_id,
        OutboxMessage.kind == kind,
        OutboxMessage.version == version,
    )
    return set(db.session.scalars(query))
