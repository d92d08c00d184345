"""How the rules of booking an event read."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from cop_site import clock
from cop_site.bookings import policies
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.place_queries import Places
from cop_site.bookings.place_rules import held_now, limit_now
from cop_site.events.models import Event


def say_rules(event: Event) -> list[str]:
    """What holds of booking an event at the moment, a sentence a rule. Needs options and dates."""
    said = []
    closes = event.booking_closes_at
    if closes is not None:
        at = clock.say_time(clock.london(closes).time())
        said.append(f"Booking closes at {at} on {_say_day(closes)}.")
    if event.school_limit_until and any(limit_now(event, one) for one in event.options):
        until = _say_day(event.school_limit_until)
        said.append(f"Before {until}, a school can have {_say_limit(event)}.")
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
    return f"Your school already has its {_say_limit(event)}.{until}"


def say_taken(event: Event, places: dict[int, list[Places]], school_id: int) -> str:
    """How many of its places a school has, "" where it has none or there is no limit."""
    parts = [part for own in places.values() for part in own if part.school_limit is not None]
    if any(school_id in part.at_limit for part in parts):
        return say_limit_reached(event)
    taken = max((part.at_school.get(school_id, 0) for part in parts), default=0)
    return f"Your school has {taken} of its {_say_limit(event)}." if taken else ""


def say_held_back(event: Event) -> str:
    """To somebody of a school that came already."""
    until = f", until {_say_day(event.held_until)}" if event.held_until else ""
    return f"Free places are kept for schools that have come to no event this school year{until}."


def say_why_waiting(
    event: Event,
    booking: Booking,
    school_ids: Collection[int],
    places: dict[int, list[Places]],
) -> str:
    """Which rule keeps a place from somebody who waits for these schools, "" where none does."""
    if booking.state is not BookingState.WAITING:
        return ""
    for part in policies.list_own(booking, places):
        if not part.at_limit.isdisjoint(school_ids):
            return say_limit_reached(event)
        if part.is_held and not booking.for_new_school:
            return say_held_back(event)
    return ""


def say_why_each(
    bookings: Iterable[Booking], places: dict[int, dict[int, list[Places]]]
) -> dict[int, str]:
    """As ``say_why_waiting`` by booking, of those whom a rule stops. Needs events and schools."""
    whys = {
        one.id: say_why_waiting(one.event, one, one.school_ids, places.get(one.event_id, {}))
        for one in bookings
    }
    return {id_: why for id_, why in whys.items() if why}


def _say_limit(event: Event) -> str:
    return f"{event.school_limit} place{'' if event.school_limit == 1 else 's'}"


def _say_held(event: Event) -> str:
    count = event.held_places or 0
    is_hybrid = any(len(option.modes) > 1 for option in event.options)
    places = f"{count} in the room and {count} online" if is_hybrid else str(count)
    return f"{places} each time" if len(event.options) > 1 else places


def _say_day(moment: datetime) -> str:
    return clock.say_day(clock.london_date(moment))
