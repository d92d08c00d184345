"""Reads of the outbox."""

from __future__ import annotations

from cop_site.db import db
from cop_site.notifications.models import OutboxMessage


def get_message(message_id: int) -> OutboxMessage:
    """The message as it stands in the database now."""
    return db.session.get_one(OutboxMessage, message_id, populate_existing=True)
