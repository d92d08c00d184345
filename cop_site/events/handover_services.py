"""Bookings pass from one SENCO of a school to the next. A row stays its person's: a new one
takes its place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from cop_site import audit, clock
from cop_site.accounts.queries import get_person
from cop_site.db import db
from cop_site.events import booking_queries, handover_queries
from cop_site.events import message_services as messages
from cop_site.events.booking_models import Booking, BookingSchool, BookingState
from cop_site.events.models import Event, EventState
from cop_site.events.waiting_services import give_places
from cop_site.notifications.services import Recipient
from cop_site.people.signals import HandedOver, Passed

REASON = "Handed over"


def pass_on_bookings(handed: HandedOver) -> Passed:
    """Pass on each live booking of an event that begins on or after the first day.

    In the order of the events, so that two handovers can't wait for each other. A booking that
    names another school too stays, and so does one whose event begins before.
    """
    since = max(clock.from_london(handed.first_day, time()), clock.now())
    moved, stayed = 0, []
    found = handover_queries.list_bookings_since(handed.from_person_id, handed.school_id, since)
    for booking in found:
        others = [row.school.name for row in booking.schools if row.school_id != handed.school_id]
        if others:
            stayed.append(_say_stayed(booking, handed, f"it is for {' and '.join(others)} too"))
        elif booking.event.starts_at < since:
            stayed.append(_say_stayed(booking, handed, "it begins before that day"))
        else:
            moved += _pass_on(booking.event_id, handed, since)
    return Passed(moved, tuple(stayed))


def _say_stayed(booking: Booking, handed: HandedOver, why: str) -> str:
    day = clock.say_day(clock.london_date(booking.event.starts_at))
    return f"“{booking.event.title}” on {day} stays with {handed.from_name}: {why}."


@dataclass(frozen=True)
class _Passing:
    """One booking on its way. ``was`` is what it was before it was cancelled."""

    event: Event
    booking: Booking
    was: BookingState
    handed: HandedOver


def _pass_on(event_id: int, handed: HandedOver, since: datetime) -> bool:
    """The event is locked, then all is read again: it may have changed while we waited."""
    event = booking_queries.lock_event(event_id)
    own = booking_queries.find_own_booking(event_id, handed.from_person_id)
    is_ahead = event.state is EventState.PUBLISHED and event.starts_at >= since
    if own is None or not is_ahead:
        return False
    if any(row.school_id != handed.school_id for row in own.booking.schools):
        return False
    passing = _Passing(event, own.booking, own.booking.state, handed)
    takes_it = booking_queries.find_own_booking(event_id, handed.to_person_id) is None
    _cancel(passing, takes_it=takes_it)
    if takes_it:
        _take_over(passing)
    else:
        give_places(event, by=handed.by.user_id)
    return True


def _cancel(passing: _Passing, *, takes_it: bool) -> None:
    """Never late: the place is not lost, or goes to whoever waits."""
    booking, handed = passing.booking, passing.handed
    booking.state = BookingState.CANCELLED
    booking.cancelled_at = clock.now()
    booking.cancel_reason = REASON
    audit.record(
        "booking",
        booking.id,
        "cancelled",
        by=handed.by.user_id,
        was={"state": passing.was},
        now={"state": booking.state, "late": False},
        reason=REASON,
    )
    # Before the new row: the database counts live bookings, and the file for calendars is read
    # from the row as it is now.
    db.session.flush()
    more = {"other": handed.to_name, "takes_it": takes_it}
    _mail(messages.tell_passed_on, booking, passing, more)


def _take_over(passing: _Passing) -> None:
    """The same place, or the same place in the queue, for the next person."""
    old, handed, now = passing.booking, passing.handed, clock.now()
    booking = Booking(
        event_id=old.event_id,
        option_id=old.option_id,
        person_id=handed.to_person_id,
        mode=old.mode,
        state=passing.was,
        booked_by_user_id=handed.by.user_id,
        created_at=now,
        queued_at=old.queued_at,
        offered_at=old.offered_at,
        offer_expires_at=old.offer_expires_at,
        place_given_at=now if passing.was is BookingState.BOOKED else None,
        moved_up_reason=old.moved_up_reason,
    )
    db.session.add(booking)
    db.session.flush()
    school = BookingSchool(booking_id=booking.id, school_id=handed.school_id, role=handed.role)
    db.session.add(school)
    told = {"state": booking.state, "instead_of": old.id}
    audit.record("booking", booking.id, "added", by=handed.by.user_id, now=told, reason=REASON)
    db.session.flush()
    _mail(messages.tell_taken_over, booking, passing, {"other": handed.from_name})


def _mail(
    tell: Callable[..., None], booking: Booking, passing: _Passing, more: dict[str, Any]
) -> None:
    """Whose booking it is, where they have an address."""
    person = get_person(booking.person_id)
    if person.email:
        to = Recipient(person.email, person.name)
        more = {**more, "school": passing.handed.school_name}
        tell(booking, passing.event, to=to, more=more)
