"""What was sent, and how the bookings stand."""

from __future__ import annotations

from email.message import EmailMessage

import sqlalchemy as sa

from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage


def kinds() -> list[str]:
    return list(db.session.scalars(sa.select(OutboxMessage.kind).order_by(OutboxMessage.id)))


def states() -> list[BookingState]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Booking.state).order_by(Booking.id)))


def letters(kind: str = "") -> list[str]:
    """Subject and text of what was sent, of one kind or all, as it goes out."""
    query = sa.select(OutboxMessage).order_by(OutboxMessage.id)
    rows = db.session.scalars(query.where(OutboxMessage.kind == kind) if kind else query).all()
    return [_read(compose(row)) for row in rows]


def _read(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return f"{letter['Subject']}\n{body.get_content() if body else ''}"
