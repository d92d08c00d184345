"""For whom there is a place: a limit for each school, places held for new ones. No database.

A school is new while nobody of it has attended an event this school year. In the last day before
the start no rule holds any more: whoever comes first has the place.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from cop_site import clock
from cop_site.bookings.offer_times import is_first_come
from cop_site.errors import DomainError
from cop_site.events.models import Event, Option


@dataclass(frozen=True)
class Claim:
    """Somebody who has a place or would like one: their schools, and whether one is new.

    ``has_left``: nobody could take a place for them, so that they are passed over.
    """

    school_ids: frozenset[int]
    is_new: bool = False
    has_left: bool = False


@dataclass
class Room:
    """The places of an option in one mode. ``held`` is 0 and ``school_limit`` None once over.

    ``at_school`` counts places by school in the whole event, so all of its rooms share one.
    """

    capacity: int | None
    held: int = 0
    school_limit: int | None = None
    used: int = 0
    used_by_new: int = 0
    at_school: Counter[int] = field(default_factory=Counter)

    @property
    def kept(self) -> int:
        """Places that are free and for new schools only."""
        if self.capacity is None:
            return 0
        return max(0, min(self.held - self.used_by_new, self.capacity - self.used))

    @property
    def at_limit(self) -> frozenset[int]:
        """The schools that have as many places as they may."""
        limit = self.school_limit
        if limit is None:
            return frozenset()
        return frozenset(id_ for id_, count in self.at_school.items() if count >= limit)

    def is_over_limit(self, claim: Claim) -> bool:
        """Whether a school of theirs, any of them, has as many places as it may."""
        limit = self.school_limit
        return limit is not None and any(self.at_school[id_] >= limit for id_ in claim.school_ids)

    def has_place_for(self, claim: Claim) -> bool:
        if claim.has_left or self.is_over_limit(claim):
            return False
        kept = 0 if claim.is_new else self.kept
        return self.capacity is None or self.capacity - self.used > kept

    def give(self, claim: Claim) -> None:
        self.used += 1
        self.used_by_new += claim.is_new
        self.at_school.update(claim.school_ids)


@dataclass(frozen=True)
class Queue:
    """A room and those who wait for it, by booking and in order."""

    room: Room
    waiting: dict[int, Claim] = field(default_factory=dict)

    @property
    def stopped(self) -> int:
        """How many of those who wait could not have a place that is free: see ``has_place_for``."""
        return sum(not self.room.has_place_for(claim) for claim in self.waiting.values())

    def must_wait(self, claim: Claim) -> bool:
        """Nobody passes those for whom there is a place; those whom a rule stops are passed."""
        is_wanted = any(self.room.has_place_for(one) for one in self.waiting.values())
        return is_wanted or not self.room.has_place_for(claim)

    def choose(self) -> set[int]:
        """The bookings to be offered a place now, which uses the room up."""
        chosen = set()
        for booking_id, claim in self.waiting.items():
            if self.room.has_place_for(claim):
                self.room.give(claim)
                chosen.add(booking_id)
        return chosen


def limit_now(event: Event, option: Option) -> int | None:
    """How many places a school may have at the moment; None without a limit."""
    return event.school_limit if _holds(event.school_limit_until, option) else None


def held_now(event: Event, option: Option) -> int:
    """How many places of the option, in each of its modes, only new schools may have."""
    return event.held_places or 0 if _holds(event.held_until, option) else 0


def has_rules(event: Event, option: Option) -> bool:
    return limit_now(event, option) is not None or held_now(event, option) > 0


def _holds(until: datetime | None, option: Option) -> bool:
    return until is not None and clock.now() < until and not is_first_come(option.starts_at)


def make_queues(
    event: Event, claims: Iterable[tuple[int, int, str, bool, Claim]]
) -> dict[tuple[int, str], Queue]:
    """By option and mode. ``claims``: booking, option, mode, whether it waits, and whose it is."""
    at_school: Counter[int] = Counter()
    queues = {
        (option.id, str(mode)): Queue(
            Room(
                option.capacity(mode),
                held_now(event, option),
                limit_now(event, option),
                at_school=at_school,
            )
        )
        for option in event.options
        for mode in option.modes
    }
    for booking_id, option_id, mode, waits, claim in claims:
        queue = queues.get((option_id, mode))
        if queue is None:
            continue
        if waits:
            queue.waiting[booking_id] = claim
        else:
            queue.room.give(claim)
    return queues


def check_window(event: Event) -> None:
    """Raises DomainError before booking opens and once it has closed."""
    if event.opens_later:
        raise DomainError("Booking has not opened yet.")
    if event.has_closed:
        raise DomainError("Booking has closed. Ask whoever runs the event.")
