"""Forgetting somebody's mail, and what mail to others says of them."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from cop_site.held import Eraser, Erasure, Wording
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import forget_messages


def _erase(erasure: Erasure) -> None:
    forget_messages(OutboxMessage.recipient.in_(erasure.subject.addresses))


def _clean_up(wording: Wording, since: datetime) -> None:
    """Mail that was under way while they were erased. What came later is for whoever is new."""
    own = OutboxMessage.recipient.in_(wording.addresses)
    forget_messages(sa.and_(own, OutboxMessage.created_at < since))


ERASER = Eraser(
    covers=("outbox_message.recipient",),
    erase=_erase,
    clean_up=_clean_up,
)
