"""Bookings pass from one SENCO of a school to the next. A row stays its person's: a new one
takes its place."""

from __future__ import annotations

from datetime import datetime, time

from cop_site import clock
from cop_site.bookings import handover_queries, queries, replacement_services
from cop_site.bookings import message_services as messages
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.replacement_services import Next
from cop_site.bookings.services import overtake_apologies
from cop_site.bookings.waiting_services import give_places
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState
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


def _pass_on(event_id: int, handed: HandedOver, since: datetime) -> bool:
    """The event is locked, then all is read again: it may have changed while we waited."""
    event = event_queries.lock_event(event_id)
    own = queries.find_own_booking(event_id, handed.from_person_id)
    is_ahead = event.state is EventState.PUBLISHED and event.starts_at >= since
    if own is None or not is_ahead:
        return False
    if any(row.school_id != handed.school_id for row in own.booking.schools):
        return False
    takes_it = queries.find_own_booking(event_id, handed.to_person_id) is None
    was, by = own.booking.state, handed.by.user_id
    replacement_services.close(own.booking, reason=REASON, by=by)
    _tell_old(own.booking, event, handed, takes_it=takes_it)
    if takes_it:
        roles = {handed.school_id: handed.role}
        after = Next(handed.to_person_id, roles, own.booking.option_id, own.booking.mode)
        taken = replacement_services.follow(own.booking, was, after, reason=REASON, by=by)
        overtake_apologies(event.option(after.option_id), after.person_id)
        _tell_new(taken, event, handed)
    else:
        give_places(event, by=by)
    return True


def _tell_old(booking: Booking, event: Event, handed: HandedOver, *, takes_it: bool) -> None:
    method = "CANCEL" if booking.place_given_at is not None else ""
    more = {"other": handed.to_name, "school": handed.school_name, "takes_it": takes_it}
    messages.tell_person(booking, event, "events/booking_passed_on", method, more=more)


def _tell_new(booking: Booking, event: Event, handed: HandedOver) -> None:
    has_place = booking.state is BookingState.BOOKED
    more = {"other": handed.from_name, "school": handed.school_name, "has_place": has_place}
    if booking.state is BookingState.OFFERED:
        messages.tell_offered(booking, event, more)
        return
    method = "PUBLISH" if has_place else ""
    messages.tell_person(booking, event, "events/booking_taken_over", method, more=more)
