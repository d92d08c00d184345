"""Saying "I can't come" from a reminder, without signing in."""

from __future__ import annotations

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import booking_queries, booking_services, signals
from cop_site.events.apology_queries import Asked
from cop_site.events.booking_models import BookingState

REASON = "Can’t come"


def apologise(asked: Asked) -> None:
    """Note the apology on the register of that date, and give the place up where it is the last.

    Sent twice it is one. Raises DomainError where it has begun, or they have no place any more.
    """
    event = booking_queries.lock_event(asked.event_id)
    booking = booking_queries.get_booking(asked.booking_id)
    if booking.cancel_reason == REASON:
        return
    session = next(one for one in event.option(booking.option_id).sessions if one.id == asked.id)
    if session.starts_at <= clock.now():
        raise DomainError("This session has started.")
    if booking.state is not BookingState.BOOKED:
        raise DomainError("You have no place at this session any more.")
    signals.apologise(signals.Apology(session.id, booking))
    ahead = [one for one in event.option(booking.option_id).sessions if one.starts_at > clock.now()]
    audit.record("booking", booking.id, "apologised", by=None, now={"session": session.id})
    if len(ahead) == 1:
        booking_services.give_up(event, booking, reason=REASON)
    db.session.flush()
