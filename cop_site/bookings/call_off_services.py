"""A date or a time that people booked is called off: they are told, and booked in elsewhere."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import message_services as messages
from cop_site.bookings import place_queries, queries
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event, Option, Session
from cop_site.notifications.services import Recipient

CALLED_OFF = "events/date_called_off"


def tell_called_off(event: Event, option: Option, session: Session, reason: str) -> int:
    """Everyone who booked the date, one of several, reads why it is off. Gives how many."""
    event.sequence += 1
    more = {"reason": reason, "moved": False}
    return messages.tell_everyone(
        event, CALLED_OFF, "CANCEL", more, option_id=option.id, of=[session]
    )


def move_everybody(
    event: Event, option: Option, into: Option, reason: str, *, by: ActingUser
) -> int:
    """All who booked a time, or wait for it, are booked for another, and told why. Gives how many.

    Those who wait do so there, by when they asked. Raises DomainError where there are too few
    places. The event is locked.
    """
    event.sequence += 1
    live = [one for one in queries.list_live_bookings(event.id) if one.option_id == option.id]
    for booking in live:
        method = "CANCEL" if booking.state is BookingState.BOOKED else ""
        more = {"reason": reason, "moved": True}
        messages.tell_person(booking, event, CALLED_OFF, method, more=more)
    _move(option, into, by)
    _check_room(event, into)
    for booking in live:
        if booking.state is BookingState.BOOKED and booking.person.email:
            to = Recipient(booking.person.email, booking.person.name)
            messages.tell_booked(booking, event, to=to)
    return sum(bool(booking.person.email) for booking in live)


def _move(option: Option, into: Option, by: ActingUser) -> None:
    """Bookings that were cancelled go along: the time that they name is about to be deleted."""
    of_option = Booking.option_id == option.id
    moved = db.session.scalars(sa.select(Booking.id).where(of_option)).all()
    values: dict[str, Any] = {"option_id": into.id}
    if len(into.modes) == 1:
        values["mode"] = into.modes[0]
    db.session.execute(sa.update(Booking).where(of_option).values(**values))
    changes: list[audit.Entry] = [
        (id_, {"option_id": option.id}, {"option_id": into.id}) for id_ in moved
    ]
    audit.record_many("booking", "moved to another time", changes, by=by.user_id)


def _check_room(event: Event, into: Option) -> None:
    for places in place_queries.count_places(event)[into.id]:
        if places.capacity is not None and places.used > places.capacity:
            count = "1 place" if places.capacity == 1 else f"{places.capacity} places"
            raise DomainError(
                f"{into.label} has {count} and {places.used} people would have"
                " one. Add places there first",
                field="into",
            )
