"""Saying "I can't come" from a reminder, without signing in."""

from __future__ import annotations

from cop_site import audit, clock
from cop_site.bookings import message_services, queries, services, signals
from cop_site.bookings.apology_queries import CALLED_OFF, Asked
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.events.models import EventState

REASON = "Can’t come"


def apologise(asked: Asked) -> None:
    """Note the apology on the register of that date, and give the place up where it is the last.

    Else that date alone leaves their calendar. Sent twice it is one. Raises DomainError where it
    has begun, or they have no place any more.
    """
    event = event_queries.lock_event(asked.event_id)
    booking = queries.get_booking(asked.booking_id)
    if booking.cancel_reason == REASON:
        _check_not_again(booking)
        return
    if event.state is not EventState.PUBLISHED:
        raise DomainError("The event is cancelled, so there is nothing to say.")
    option = event.option(booking.option_id)
    session = next((one for one in option.sessions if one.id == asked.id), None)
    if session is None:
        raise DomainError(CALLED_OFF)
    if session.starts_at <= clock.now():
        raise DomainError("This session has started.")
    if booking.state is not BookingState.BOOKED:
        raise DomainError("You have no place at this session any more.")
    was_said = booking.person_id in signals.who_apologised(session.id)
    signals.apologise(signals.Apology(session.id, booking))
    audit.record("booking", booking.id, "apologised", by=None, now={"session": session.id})
    ahead = {one.id for one in option.sessions if one.starts_at > clock.now()}
    if all(booking.person_id in signals.who_apologised(id_) for id_ in ahead):
        services.give_up(event, booking, reason=REASON)
    elif not was_said:
        message_services.tell_apology(booking, event, session)
    db.session.flush()


def _check_not_again(booking: Booking) -> None:
    """An old link must not seem to give up what was booked since."""
    if queries.find_own_booking(booking.event_id, booking.person_id) is not None:
        raise DomainError("You have booked again since. Cancel that booking in “My bookings”.")
