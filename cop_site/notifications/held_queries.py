"""What the outbox holds about a person."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.held import HeldTable, Subject
from cop_site.notifications.models import OutboxMessage


def list_held_about(subject: Subject) -> list[HeldTable]:
    """Messages to their addresses: of which kind and when. The words are in their own mail box.

    No names: an address may have been somebody else's before.
    """
    rows = db.session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.recipient.in_(subject.addresses))
        .order_by(OutboxMessage.id)
    )
    return [
        HeldTable(
            "messages",
            "Email we sent you: what kind and when. What it said is in your mail box.",
            ("Kind", "To", "Written", "State", "Sent"),
            [
                (row.kind, row.recipient, row.created_at, row.state.value, row.sent_at)
                for row in rows
            ],
            ("outbox_message.recipient",),
        )
    ]
