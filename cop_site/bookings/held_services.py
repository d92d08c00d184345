"""Forgetting somebody who has bookings: what is past stays, what is to come is given up."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import clock
from cop_site.bookings.models import LIVE, Booking
from cop_site.bookings.need_services import delete_needs_of
from cop_site.bookings.services import cancel_for
from cop_site.db import db
from cop_site.events.models import Event, EventState
from cop_site.held import Eraser, Erasure


def _erase(erasure: Erasure) -> None:
    """Event by event in their order, so that two erasures never wait for each other."""
    ahead = db.session.execute(
        sa.select(Booking.event_id, Booking.person_id)
        .join(Event, Event.id == Booking.event_id)
        .where(
            Booking.person_id.in_(erasure.subject.person_ids),
            Booking.state.in_(LIVE),
            Event.state == EventState.PUBLISHED,
            Event.ends_at > clock.now(),
        )
        .order_by(Booking.event_id, Booking.person_id)
    ).all()
    for event_id, person_id in ahead:
        cancel_for(event_id, person_id, by=erasure.by_user_id)
    delete_needs_of(erasure.subject.person_ids)


ERASER = Eraser(
    covers=("booking.person_id", "remembered_needs.person_id"),
    erase=_erase,
)
