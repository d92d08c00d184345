"""M5 worked out from plain facts. No database: reads are in member_queries.

Decisions that the definition leaves to code:

* *The cluster a school was in that day* is read from its memberships of the day. Where schools are
  one in the period, the membership of any of them holds for all: nobody has to write down a second
  time, for the academy, which cluster the converted school was in.
* *Which clusters:* those of the kinds that a school is in one of at a time.
* *Provisional:* a cluster's figure rests on its own meetings, and on those of a cluster that one of
  its schools moved to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from cop_site.events.models import EventKind
from cop_site.reports.fact_models import Attendee, CountedSession, Link, ListedSchool, Member, Visit
from cop_site.reports.numbers import Rate
from cop_site.reports.same_schools import SameSchools, find_same_schools
from cop_site.reports.school_results import LeftOut, SchoolResult, count_schools
from cop_site.reports.visits import find_visits
from cop_site.schools.term_models import Period


@dataclass(frozen=True)
class CopFacts:
    """Everything M5 rests on, as read. Memberships may reach over more than the period."""

    members: tuple[Member, ...]
    sessions: tuple[CountedSession, ...]
    attendees: tuple[Attendee, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Joiner:
    """A school that came into a cluster after the first day. It is listed, and counts for
    ``counts_for``, the cluster it started in: "" where it was in none."""

    school: ListedSchool
    joined_on: date
    counts_for: str


@dataclass(frozen=True)
class Guest:
    """A school at a meeting of a cluster that it was not in that day."""

    school_id: int
    name: str
    days: tuple[date, ...]


@dataclass(frozen=True)
class ClusterEngagement:
    """M5 of one cluster, with what stands behind it."""

    cluster_id: int
    name: str
    schools: tuple[SchoolResult[Visit], ...]
    left_out: tuple[LeftOut, ...] = ()
    joiners: tuple[Joiner, ...] = ()
    guests: tuple[Guest, ...] = ()
    meetings_held: int = 0
    open_sessions: frozenset[int] = frozenset()

    @property
    def engaged(self) -> tuple[SchoolResult[Visit], ...]:
        return tuple(one for one in self.schools if one.is_engaged)

    @property
    def not_yet(self) -> tuple[SchoolResult[Visit], ...]:
        return tuple(one for one in self.schools if not one.is_engaged)

    @property
    def rate(self) -> Rate:
        return Rate(len(self.engaged), len(self.schools))

    @property
    def sessions_not_closed(self) -> int:
        return len(self.open_sessions)


@dataclass(frozen=True)
class CopEngagement:
    """M5 of every cluster and of the whole."""

    clusters: tuple[ClusterEngagement, ...]

    @cached_property
    def rate(self) -> Rate:
        """Each school once: on any one day it is in at most one of these clusters."""
        rates = [cluster.rate for cluster in self.clusters]
        return Rate(sum(one.k for one in rates), sum(one.n for one in rates))

    @property
    def sessions_not_closed(self) -> int:
        return len(frozenset[int]().union(*(one.open_sessions for one in self.clusters)))

    @property
    def meetings_held(self) -> int:
        return sum(one.meetings_held for one in self.clusters)

    def only(self, cluster_ids: Collection[int] | None) -> CopEngagement:
        """The same for some clusters: their numerators and denominators. None: all of them."""
        if cluster_ids is None:
            return self
        return CopEngagement(tuple(o for o in self.clusters if o.cluster_id in cluster_ids))


def measure_clusters(
    facts: CopFacts, period: Period, *, as_at: date, now: datetime
) -> CopEngagement:
    """M5 for a period, from meetings up to and including ``as_at``.

    A cluster is there if it has a school on the first day or has held a meeting.
    """
    meetings = {
        one.session_id: one
        for one in facts.sessions
        if one.kind is EventKind.COP_MEETING and period.holds(one.day) and one.day <= as_at
    }
    whereabouts = Whereabouts(facts.members, find_same_schools(facts.links, period))
    visits = find_visits(facts.attendees, meetings)
    first_day = [one.school for one in facts.members if one.holds(period.starts_on)]
    counted = count_schools(
        first_day,
        facts.links,
        period,
        as_at,
        lambda _, ids: _at_home(ids, visits, meetings, whereabouts),
    )
    ended = [one for one in meetings.values() if one.ends_at <= now]
    names = {one.cluster_id: one.school.cluster_name for one in facts.members}
    told = {one.cluster_id for one in first_day} | {one.cluster_id for one in ended}
    last_day = min(period.ends_on or as_at, as_at)
    clusters = [
        ClusterEngagement(
            cluster_id=cluster_id,
            name=names[cluster_id],
            schools=tuple(o for o in counted.schools if o.school.cluster_id == cluster_id),
            left_out=tuple(o for o in counted.left_out if o.school.cluster_id == cluster_id),
            joiners=_list_joiners(
                cluster_id, facts.members, (period.starts_on, last_day), whereabouts
            ),
            guests=_list_guests(cluster_id, visits, meetings, whereabouts),
            meetings_held=sum(one.cluster_id == cluster_id for one in ended),
            open_sessions=_find_open(cluster_id, first_day, ended, whereabouts),
        )
        for cluster_id in sorted(names, key=lambda one: names[one].casefold())
        if cluster_id in told
    ]
    return CopEngagement(tuple(clusters))


class Whereabouts:
    """Which clusters a school was in on a day, for it and all that are one school with it."""

    def __init__(self, members: Iterable[Member], same: SameSchools) -> None:
        self._same = same
        self._of: dict[int, list[Member]] = defaultdict(list)
        for one in members:
            self._of[one.school.school_id].append(one)

    def on(self, school_id: int, day: date) -> set[int]:
        return {one.cluster_id for one in self._all(school_id) if one.holds(day)}

    def names_on(self, school_id: int, day: date) -> str:
        names = {one.school.cluster_name for one in self._all(school_id) if one.holds(day)}
        return " and ".join(sorted(names))

    def _all(self, school_id: int) -> Iterable[Member]:
        return (one for other in self._same.one_school(school_id) for one in self._of[other])


def _at_home(
    ids: Iterable[int],
    visits: Mapping[int, Sequence[Visit]],
    meetings: Mapping[int, CountedSession],
    whereabouts: Whereabouts,
) -> Iterable[Visit]:
    """Visits to the cluster that the visiting school was in that day."""
    for school_id in ids:
        for visit in visits.get(school_id, ()):
            if meetings[visit.session_id].cluster_id in whereabouts.on(school_id, visit.day):
                yield visit


def _list_joiners(
    cluster_id: int, members: Iterable[Member], days: tuple[date, date], whereabouts: Whereabouts
) -> tuple[Joiner, ...]:
    first, last = days
    joined = [
        Joiner(one.school, one.starts_on, whereabouts.names_on(one.school.school_id, first))
        for one in members
        if one.cluster_id == cluster_id
        and first < one.starts_on <= last
        and cluster_id not in whereabouts.on(one.school.school_id, first)
    ]
    return tuple(sorted(joined, key=lambda one: (one.joined_on, one.school.school_id)))


def _list_guests(
    cluster_id: int,
    visits: Mapping[int, Sequence[Visit]],
    meetings: Mapping[int, CountedSession],
    whereabouts: Whereabouts,
) -> tuple[Guest, ...]:
    days: dict[tuple[str, int], set[date]] = defaultdict(set)
    for school_id, came in visits.items():
        for visit in came:
            here = meetings[visit.session_id].cluster_id == cluster_id
            if here and cluster_id not in whereabouts.on(school_id, visit.day):
                days[visit.school_name, school_id].add(visit.day)
    return tuple(
        Guest(school_id, name, tuple(sorted(found)))
        for (name, school_id), found in sorted(days.items())
    )


def _find_open(
    cluster_id: int,
    first_day: Iterable[ListedSchool],
    ended: Iterable[CountedSession],
    whereabouts: Whereabouts,
) -> frozenset[int]:
    """The ended meetings with an open register that the cluster's figure rests on."""
    own = [one.school_id for one in first_day if one.cluster_id == cluster_id]
    return frozenset(
        one.session_id
        for one in ended
        if not one.is_closed
        and (
            one.cluster_id == cluster_id
            or any(one.cluster_id in whereabouts.on(school_id, one.day) for school_id in own)
        )
    )
