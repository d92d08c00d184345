"""What somebody who books may have by an event’s rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from cop_site import clock
from cop_site.bookings import place_rules
from cop_site.bookings.place_queries import Places
from cop_site.bookings.place_rules import Claim
from cop_site.events import signals as event_signals
from cop_site.events.models import Event, Option
from cop_site.schools.term_models import AUGUST, year_of


def make_claim(event: Event, option: Option, school_ids: Collection[int]) -> Claim:
    """What somebody of these schools may have. Asks who came only where places are held."""
    asks = place_rules.held_now(event, option) > 0
    return Claim(frozenset(school_ids), asks and bool(list_new_schools(school_ids)))


def open_to(
    places: dict[int, list[Places]], school_ids: Collection[int]
) -> dict[int, list[Places]]:
    """Places as they are for these schools: what is kept for new ones is free to a new one.

    Asks who came only where it matters.
    """
    is_held = any(part.is_held for parts in places.values() for part in parts)
    if not (is_held and school_ids and list_new_schools(school_ids)):
        return places
    return {id_: [replace(part, kept=0) for part in parts] for id_, parts in places.items()}


def list_new_schools(school_ids: Collection[int]) -> set[int]:
    """Those of the schools that attended no event this school year so far."""
    since = date(year_of(clock.today()), AUGUST, 1)
    return set(school_ids) - event_signals.which_came(school_ids, since)
