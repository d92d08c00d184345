"""How the rules of booking an event read."""

from __future__ import annotations

from datetime import datetime

from cop_site import clock
from cop_site.bookings import policies
from cop_site.bookings.models import Booking
from cop_site.bookings.place_queries import Places
from cop_site.bookings.place_rules import held_now, limit_now
from cop_site.events.models import Event
from cop_site.web.filters import clock_time, plural


def say_rules(event: Event) -> list[str]:
    """What holds of booking an event at the moment, a sentence a rule. Needs options and dates."""
    said = []
    closes = event.booking_closes_at
    if closes is not None:
        said.append(f"Booking closes at {clock_time(closes)} on {_say_day(closes)}.")
    if event.school_limit_until and any(limit_now(event, one) for one in event.options):
        places = plural(event.school_limit or 0, "place")
        said.append(f"Before {_say_day(event.school_limit_until)}, a school can have {places}.")
    if event.held_until and any(held_now(event, one) for one in event.options):
        said.append(
            f"Before {_say_day(event.held_until)}, some places are kept for schools that have"
            f" come to no event this school year: {_say_held(event)}."
        )
    return said


def say_limit_reached(event: Event) -> str:
    """To somebody whose school has as many places as it may."""
    until = (
        f" The limit ends on {_say_day(event.school_limit_until)}."
        if event.school_limit_until
        else ""
    )
    return f"Your school already has its {plural(event.school_limit or 0, 'place')}.{until}"


def say_held_back(event: Event) -> str:
    """To somebody of a school that came already."""
    until = f", until {_say_day(event.held_until)}" if event.held_until else ""
    return f"Free places are kept for schools that have come to no event this school year{until}."


def say_why_waiting(event: Event, booking: Booking, places: dict[int, list[Places]]) -> str:
    """Which rule keeps a place from somebody who waits, "" where none does. Needs schools."""
    schools = {row.school_id for row in booking.schools}
    for part in policies.list_own(booking, places):
        if not part.at_limit.isdisjoint(schools):
            return say_limit_reached(event)
        if part.is_held and not booking.for_new_school:
            return say_held_back(event)
    return ""


def _say_held(event: Event) -> str:
    count = event.held_places or 0
    is_hybrid = any(len(option.modes) > 1 for option in event.options)
    places = f"{count} in the room and {count} online" if is_hybrid else str(count)
    return f"{places} each time" if len(event.options) > 1 else places


def _say_day(moment: datetime) -> str:
    return clock.say_day(clock.london_date(moment))
