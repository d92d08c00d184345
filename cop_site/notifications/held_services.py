"""Forgetting somebody's mail, and what mail to others says of them."""

from __future__ import annotations

from cop_site.held import Eraser, Erasure
from cop_site.notifications.models import OutboxMessage
from cop_site.notifications.services import forget_messages


def _erase(erasure: Erasure) -> None:
    forget_messages(OutboxMessage.recipient.in_(erasure.subject.addresses))


ERASER = Eraser(
    covers=("outbox_message.recipient",),
    texts=(OutboxMessage.context, OutboxMessage.last_error, OutboxMessage.recipient_name),
    erase=_erase,
)
