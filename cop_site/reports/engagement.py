"""M1 and M4 worked out from plain facts. No database: what they rest on comes as Facts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from cop_site.events.models import EventKind
from cop_site.reports.fact_models import Attendee, CountedSession, Link, ListedSchool, Visit
from cop_site.reports.numbers import Rate
from cop_site.reports.school_results import LeftOut, SchoolResult, count_schools
from cop_site.reports.visits import find_visits
from cop_site.schools.term_models import Period


@dataclass(frozen=True)
class Facts:
    """Everything a figure rests on, as read."""

    listed: tuple[ListedSchool, ...]
    sessions: tuple[CountedSession, ...]
    attendees: tuple[Attendee, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class OutsideSchool:
    """A school that came and is not in the scope."""

    school_id: int
    name: str
    urn: int | None
    visits: tuple[Visit, ...]


@dataclass(frozen=True)
class Engagement:
    """M1 and M4 of one scope in one period, as at a date, with what stands behind them."""

    schools: tuple[SchoolResult[Visit], ...]
    left_out: tuple[LeftOut, ...] = ()
    outside: tuple[OutsideSchool, ...] = ()
    sessions_held: int = 0
    sessions_not_closed: int = 0
    engaged: tuple[SchoolResult[Visit], ...] = field(init=False)
    not_yet: tuple[SchoolResult[Visit], ...] = field(init=False)

    def __post_init__(self) -> None:
        came = tuple(result for result in self.schools if result.is_engaged)
        object.__setattr__(self, "engaged", came)
        others = tuple(result for result in self.schools if not result.is_engaged)
        object.__setattr__(self, "not_yet", others)

    @property
    def rate(self) -> Rate:
        return Rate(len(self.engaged), len(self.schools))

    @property
    def is_provisional(self) -> bool:
        return self.sessions_not_closed > 0

    @property
    def through_others(self) -> tuple[SchoolResult[Visit], ...]:
        """Engaged schools counted because the school they became, or came from, was there."""
        return tuple(result for result in self.engaged if result.counted_through)

    def only(self, cluster_ids: Collection[int]) -> Engagement:
        """The same figure for the schools of some clusters, as the scope has them.

        A school outside the scope has no cluster in it, so those are left away.
        """
        return Engagement(
            schools=tuple(one for one in self.schools if one.school.cluster_id in cluster_ids),
            left_out=tuple(one for one in self.left_out if one.school.cluster_id in cluster_ids),
            sessions_held=self.sessions_held,
            sessions_not_closed=self.sessions_not_closed,
        )


def measure(facts: Facts, period: Period, *, as_at: date, now: datetime) -> Engagement:
    """M1 and M4 for a period, from sessions up to and including ``as_at``.

    Facts may hold more than the period does. Provisional: sessions that have ended by ``now``
    whose register is not closed.
    """
    sessions = {
        one.session_id: one
        for one in facts.sessions
        if one.kind is EventKind.SENCO_NETWORK and period.holds(one.day) and one.day <= as_at
    }
    visits = find_visits(facts.attendees, sessions)
    counted = count_schools(
        facts.listed,
        facts.links,
        period,
        as_at,
        lambda _school, ids: (visit for one in ids for visit in visits.get(one, ())),
    )
    ended = [one for one in sessions.values() if one.ends_at <= now]
    return Engagement(
        schools=counted.schools,
        left_out=counted.left_out,
        outside=list_outside(facts.attendees, visits, counted.known),
        sessions_held=len(ended),
        sessions_not_closed=sum(not one.is_closed for one in ended),
    )


def list_outside(
    attendees: Iterable[Attendee], visits: Mapping[int, list[Visit]], known: Collection[int]
) -> tuple[OutsideSchool, ...]:
    """Schools that came and stand for no school of the scope."""
    urns = {attendee.school_id: attendee.urn for attendee in attendees}
    outside = [
        OutsideSchool(
            school_id,
            came[0].school_name,
            urns[school_id],
            tuple(sorted(came, key=lambda visit: (visit.day, visit.session_id))),
        )
        for school_id, came in visits.items()
        if school_id not in known
    ]
    return tuple(sorted(outside, key=lambda one: (one.name.casefold(), one.school_id)))
