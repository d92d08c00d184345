"""How the rules of booking an event read."""

from __future__ import annotations

from datetime import datetime

from cop_site import clock
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


def _say_held(event: Event) -> str:
    count = event.held_places or 0
    is_hybrid = any(len(option.modes) > 1 for option in event.options)
    places = f"{count} in the room and {count} online" if is_hybrid else str(count)
    return f"{places} each time" if len(event.options) > 1 else places


def _say_day(moment: datetime) -> str:
    return clock.say_day(clock.london_date(moment))
