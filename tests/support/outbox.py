"""What was sent, and how the bookings stand."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage


def kinds() -> list[str]:
    return list(db.session.scalars(sa.select(OutboxMessage.kind).order_by(OutboxMessage.id)))


def states() -> list[BookingState]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Booking.state).order_by(Booking.id)))
