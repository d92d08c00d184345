"""Reads of the outbox."""

from __future__ import annotations

from cop_site.db import db
from cop_site.notifications.models import OutboxMessage


def find_message(message_id: int) -> OutboxMessage | None:
    """The message as it stands in the database now; None where its reader was forgotten."""
    return db.session.get(OutboxMessage, message_id, populate_existing=True)
