"""Putting messages in the outbox, and keeping account of their delivery."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.notifications import signals
from cop_site.notifications.models import MessageState, OutboxMessage

CLAIM_LASTS = timedelta(minutes=2)
# Waits between tries; after the last one the message is given up, and its row keeps the reason.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720))

# Where a message's context keeps what only its reader may have, such as a personal link.
ONCE = "once"
# Where it says that the row must forget whom it went to, once its delivery ends.
LAST = "last"
# How the kind of a message ends that somebody asked for just now.
AWAITED = "_link"


@dataclass(frozen=True)
class Recipient:
    email: str
    name: str


def queue_message(
    recipient: Recipient,
    *,
    kind: str,
    thing: str,
    thing_id: int,
    context: dict[str, Any],
    version: int = 0,
) -> None:
    """Put a message in the outbox, in the caller's transaction, so it goes only if that commits.

    ``kind`` names the template: "events/booking_confirmed". The database refuses a second
    message of the same recipient, thing, kind and version. What stands under ONCE in
    ``context`` is taken out of the row when its delivery ends.
    """
    row = _waiting(recipient, kind, thing, thing_id, context, version)
    db.session.add(OutboxMessage(**row))


def queue_messages(
    messages: Iterable[tuple[Recipient, int, dict[str, Any]]],
    *,
    kind: str,
    thing: str,
    version: int = 0,
) -> None:
    """As ``queue_message`` for many at once, each with its thing's id and context."""
    rows = [
        _waiting(to, kind, thing, thing_id, context, version) for to, thing_id, context in messages
    ]
    if rows:
        db.session.execute(sa.insert(OutboxMessage), rows)


def _waiting(
    recipient: Recipient,
    kind: str,
    thing: str,
    thing_id: int,
    context: dict[str, Any],
    version: int,
) -> dict[str, Any]:
    now = clock.now()
    return {
        "recipient": recipient.email,
        "recipient_name": recipient.name,
        "kind": kind,
        "thing": thing,
        "thing_id": thing_id,
        "version": version,
        "context": context,
        "state": MessageState.WAITING,
        "created_at": now,
        "due_at": now,
    }


def claim_due(limit: int = 20) -> list[int]:
    """Claim messages that are due, for 2 minutes; a worker that dies lets go of its own.

    Two workers never claim the same message: PostgreSQL skips locked rows, and on SQLite the
    transaction has the whole database.
    """
    now = clock.now()
    due = sa.or_(
        sa.and_(OutboxMessage.state == MessageState.WAITING, OutboxMessage.due_at <= now),
        sa.and_(OutboxMessage.state == MessageState.SENDING, OutboxMessage.claimed_until <= now),
    )
    rows: Iterable[OutboxMessage] = db.session.scalars(
        sa.select(OutboxMessage)
        .where(due)
        # Links that somebody waits for at their screen go before what can wait.
        .order_by(
            OutboxMessage.kind.endswith(AWAITED).desc(), OutboxMessage.due_at, OutboxMessage.id
        )
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    claimed = []
    for row in rows:
        row.state = MessageState.SENDING
        row.claimed_until = now + CLAIM_LASTS
        row.attempts += 1
        claimed.append(row.id)
    return claimed


def _lock(message_id: int) -> OutboxMessage | None:
    """None where its reader was forgotten while it was on its way."""
    return db.session.get(OutboxMessage, message_id, with_for_update=True, populate_existing=True)


def drop(message_id: int) -> None:
    """Nobody is to have it, so nothing of it is kept."""
    forget_messages(OutboxMessage.id == message_id)


def record_sent(message_id: int) -> None:
    """The mail server took the message, no more than that."""
    row = _lock(message_id)
    if row is None:
        return
    row.state = MessageState.SENT
    row.sent_at = clock.now()
    row.claimed_until = None
    row.last_error = ""
    _forget_once(row)


def record_refused(message_id: int, error: str) -> None:
    """The mail server says that this address will never work."""
    found = db.session.get(OutboxMessage, message_id)
    if found is None:
        return
    # Whose address it is comes before their mail in the order of locks.
    signals.address_is_refused(found.recipient)
    row = _lock(message_id)
    if row is None:
        return
    row.state = MessageState.REFUSED
    row.claimed_until = None
    row.last_error = error[:500]
    _forget_once(row)


def record_failed(message_id: int, error: str) -> datetime | None:
    """A try that failed for now. Returns when the next one is due, None where it was the last."""
    row = _lock(message_id)
    if row is None:
        return None
    row.claimed_until = None
    row.last_error = error[:500]
    if row.attempts > len(WAITS):
        row.state = MessageState.GIVEN_UP
        _forget_once(row)
        return None
    row.state = MessageState.WAITING
    row.due_at = clock.now() + WAITS[row.attempts - 1]
    return row.due_at


def _forget_once(row: OutboxMessage) -> None:
    """A personal link must not outlive its delivery: whoever reads the table could follow it."""
    if LAST in row.context:
        row.recipient, row.last_error = f"removed-{row.id}", ""
    if ONCE in row.context:
        row.context = {name: value for name, value in row.context.items() if name != ONCE}


def forget_messages(which: sa.ColumnElement[bool]) -> None:
    """Drop those that wait; those delivered no longer say to whom, or what."""
    waits = OutboxMessage.state.in_((MessageState.WAITING, MessageState.SENDING))
    db.session.execute(sa.delete(OutboxMessage).where(which, waits))
    # A word of its own for each: two boxes of one person may have had the same message.
    gone = sa.literal("removed-") + sa.cast(OutboxMessage.id, sa.String)
    db.session.execute(
        sa.update(OutboxMessage)
        .where(which)
        .values(recipient=gone, recipient_name="", context={}, last_error="")
    )
