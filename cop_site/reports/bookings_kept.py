"""M7 worked out from plain facts. No database: reads are in place_queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from cop_site.events.models import EventKind
from cop_site.reports.fact_models import CountedSession
from cop_site.reports.numbers import Rate
from cop_site.schools.term_models import Period


class Outcome(StrEnum):
    """What the register says of a booking; the first that any of its marks says decides."""

    CAME = "came"
    APOLOGY = "apology"
    ABSENT = "absent"
    NOT_RECORDED = "not_recorded"


@dataclass(frozen=True)
class BookedPlace:
    """A booking that was given a place for a session at some time.

    ``people`` are those whose mark counts for it, merges followed: whoever booked, and a
    substitute once bookings can name one.
    """

    booking_id: int
    session_id: int
    people: frozenset[int]
    school_ids: frozenset[int]
    given_at: datetime
    cancelled_at: datetime | None = None
    cancelled_late: bool = False

    def is_held_at(self, moment: datetime) -> bool:
        return self.given_at <= moment and (self.cancelled_at is None or self.cancelled_at > moment)


@dataclass(frozen=True)
class Said:
    """What a register says of a person, merges followed."""

    session_id: int
    person_id: int
    attended: bool
    apology: bool
    recorded: bool

    @property
    def outcome(self) -> Outcome:
        if self.attended:
            return Outcome.CAME
        if self.apology:
            return Outcome.APOLOGY
        return Outcome.ABSENT if self.recorded else Outcome.NOT_RECORDED


@dataclass(frozen=True)
class Kept:
    """Bookings held at the start, and what became of them. Only of closed registers."""

    absent: int = 0
    recorded: int = 0
    not_recorded: int = 0
    cancelled_late: int = 0

    @property
    def rate(self) -> Rate:
        return Rate(self.absent, self.recorded)


@dataclass(frozen=True)
class BookingsKept:
    """M7: of the whole, of each kind of event and of each session, the newest session first."""

    whole: Kept
    kinds: tuple[tuple[EventKind, Kept], ...]
    sessions: tuple[tuple[CountedSession, Kept], ...]
    sessions_not_closed: int = 0


def measure_bookings(
    sessions: Iterable[CountedSession],
    places: Collection[BookedPlace],
    marks: Iterable[Said],
    period: Period,
    *,
    as_at: date,
    now: datetime,
) -> BookingsKept:
    """M7 for a period, from sessions that had ended by ``now`` and not after ``as_at``.

    A late cancellation is counted once, at the first session of its event.
    """
    held = [o for o in sessions if period.holds(o.day) and o.day <= as_at and o.ends_at <= now]
    closed = [one for one in held if one.is_closed]
    said: dict[tuple[int, int], list[Outcome]] = defaultdict(list)
    for mark in marks:
        said[mark.session_id, mark.person_id].append(mark.outcome)
    of: dict[int, list[BookedPlace]] = defaultdict(list)
    for place in places:
        of[place.session_id].append(place)
    seen: set[int] = set()
    told = [(one, _look_at(one, of[one.session_id], said, seen)) for one in closed]
    kinds = [
        (kind, _add(kept for one, kept in told if one.kind is kind))
        for kind in EventKind
        if any(one.kind is kind for one in closed)
    ]
    return BookingsKept(
        whole=_add(kept for _, kept in told),
        kinds=tuple(kinds),
        sessions=tuple(reversed(told)),
        sessions_not_closed=len(held) - len(closed),
    )


def _look_at(
    session: CountedSession,
    places: Iterable[BookedPlace],
    said: Mapping[tuple[int, int], list[Outcome]],
    seen: set[int],
) -> Kept:
    order = list(Outcome)
    outcomes: list[Outcome] = []
    late = 0
    for place in places:
        if place.is_held_at(session.starts_at):
            found = [one for who in place.people for one in said.get((session.session_id, who), ())]
            outcomes.append(min(found, key=order.index, default=Outcome.NOT_RECORDED))
        elif place.cancelled_late and place.booking_id not in seen:
            seen.add(place.booking_id)
            late += 1
    missing = outcomes.count(Outcome.NOT_RECORDED)
    return Kept(outcomes.count(Outcome.ABSENT), len(outcomes) - missing, missing, late)


def _add(parts: Iterable[Kept]) -> Kept:
    found = list(parts)
    return Kept(
        absent=sum(one.absent for one in found),
        recorded=sum(one.recorded for one in found),
        not_recorded=sum(one.not_recorded for one in found),
        cancelled_late=sum(one.cancelled_late for one in found),
    )
