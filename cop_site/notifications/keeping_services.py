"""How long the outbox keeps what it sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site.keeping import Ends, Kept
from cop_site.notifications.models import MessageState, OutboxMessage
from cop_site.notifications.services import forget_messages

DONE = (MessageState.SENT, MessageState.REFUSED, MessageState.GIVEN_UP)


def _messages(before: datetime) -> sa.Select[Any]:
    """Whole ones: what is anonymous has no address any more."""
    at = sa.func.coalesce(OutboxMessage.sent_at, OutboxMessage.created_at)
    is_whole = OutboxMessage.recipient.contains("@")
    return sa.select(OutboxMessage.id).where(OutboxMessage.state.in_(DONE), at < before, is_whole)


def _anonymise(ids: Sequence[Any]) -> None:
    """That such a message went stays: nobody is to be told the same twice."""
    forget_messages(OutboxMessage.id.in_(ids))


KEPT = (
    Kept(
        key="messages",
        what="Email we sent: to whom, and what it said",
        why="To answer questions about it, and to try again where a mail server was away",
        since="after it was sent",
        ends=Ends.ANONYMISED,
        lasts=timedelta(days=90),
        bounds=(30, 365),
        due=_messages,
        end=_anonymise,
        tables=("outbox_message",),
    ),
)
