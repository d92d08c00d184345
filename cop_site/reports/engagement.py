"""M1 and M4 worked out from plain facts. No database: reads are in engagement_queries.

Decisions that the definitions leave to code:

* *When a school changed:* the link's own date, else the day the successor opened, else the day
  after the predecessor closed. A link without any of these spans no period.
* *One school:* a link whose change falls on or between the first and last day of the period makes
  the two one school in it, and chains follow. A school in the scope counts when it came itself,
  or a school it became came. Two predecessors of one school stay two.
* *A successor that is new in the period* (or whose opening day is not known) also counts when a
  school it came from came; beside its own predecessor in the scope it is not counted again. One
  that was open before and took another in stays a school of its own.
* *Closed:* a school whose last day lies in the period, before the period's own last day (or the
  as-at date where that is earlier), and that became no other school.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind
from cop_site.reports.numbers import Rate

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """From a term's first day to the day before the next term begins; None while none follows."""

    starts_on: date
    ends_on: date | None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class ListedSchool:
    """A school as the frozen scope has it, and the days the register gives for it now."""

    school_id: int
    name: str
    urn: int | None = None
    phase: str = ""
    type_name: str = ""
    trust_name: str = ""
    cluster_id: int | None = None
    cluster_name: str = ""
    closed_on: date | None = None


@dataclass(frozen=True)
class NetworkSession:
    """A session of a published SENCO network event, and whether its register is closed."""

    session_id: int
    starts_at: datetime
    ends_at: datetime
    governors_count: bool
    is_closed: bool

    @property
    def day(self) -> date:
        return clock.london_date(self.starts_at)


@dataclass(frozen=True)
class Held:
    """A dated role; ``ends_on`` is the last day it holds, None while it lasts."""

    role: SchoolRoleKind
    starts_on: date
    ends_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True)
class Attendee:
    """One school named on one mark that says attended, on a closed register.

    ``held`` are the dated roles at that school of the person the mark stands for, merges
    followed. ``serves`` are a walk-in's dates in the service or with a partner.
    """

    session_id: int
    school_id: int
    school_name: str
    role: SchoolRoleKind
    urn: int | None = None
    is_walk_in: bool = False
    is_merged: bool = False
    held: tuple[Held, ...] = ()
    serves: tuple[tuple[date, date | None], ...] = ()


@dataclass(frozen=True)
class Link:
    """``school_id`` became ``successor_id``."""

    school_id: int
    successor_id: int
    linked_on: date | None
    opened_on: date | None
    closed_on: date | None

    @property
    def changed_on(self) -> date | None:
        after = self.closed_on + ONE_DAY if self.closed_on else None
        return self.linked_on or self.opened_on or after


@dataclass(frozen=True)
class Facts:
    """Everything a figure rests on, as read."""

    listed: tuple[ListedSchool, ...]
    sessions: tuple[NetworkSession, ...]
    attendees: tuple[Attendee, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Visit:
    """An eligible attendance of a school at a session: the day and the roles, never a name."""

    day: date
    session_id: int
    school_id: int
    school_name: str
    roles: frozenset[SchoolRoleKind]

    @property
    def role_labels(self) -> list[str]:
        order = list(SchoolRoleKind)
        return [role.label for role in sorted(self.roles, key=order.index)]


@dataclass(frozen=True)
class SchoolResult:
    school: ListedSchool
    visits: tuple[Visit, ...]

    @property
    def is_engaged(self) -> bool:
        return bool(self.visits)

    @property
    def counted_through(self) -> tuple[str, ...]:
        """Names of the schools that came in its place, after or before a change."""
        came = {visit.school_name for visit in self.visits if visit.school_id != self._id}
        return () if any(v.school_id == self._id for v in self.visits) else tuple(sorted(came))

    @property
    def _id(self) -> int:
        return self.school.school_id


@dataclass(frozen=True)
class LeftOut:
    """A listed school that leaves the denominator, and why in a sentence."""

    school: ListedSchool
    why: str


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

    schools: tuple[SchoolResult, ...]
    left_out: tuple[LeftOut, ...] = ()
    outside: tuple[OutsideSchool, ...] = ()
    sessions_held: int = 0
    sessions_not_closed: int = 0
    engaged: tuple[SchoolResult, ...] = field(init=False)
    not_yet: tuple[SchoolResult, ...] = field(init=False)

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
    def through_others(self) -> tuple[SchoolResult, ...]:
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
        one.session_id: one for one in facts.sessions if period.holds(one.day) and one.day <= as_at
    }
    visits = find_visits(facts.attendees, sessions)
    same = find_same_schools(facts.links, period)
    last_day = min(period.ends_on or as_at, as_at)
    results: list[SchoolResult] = []
    left_out: list[LeftOut] = []
    known: set[int] = set()
    listed_ids = {school.school_id for school in facts.listed}
    for school in sorted(facts.listed, key=lambda one: (one.name.casefold(), one.school_id)):
        stands_for = same.one_school(school.school_id)
        known |= stands_for
        came = sorted(
            (visit for school_id in stands_for for visit in visits.get(school_id, ())),
            key=lambda visit: (visit.day, visit.session_id, visit.school_id),
        )
        why = why_left_out(school, came, same, listed_ids, (period.starts_on, last_day))
        if why:
            left_out.append(LeftOut(school, why))
        else:
            results.append(SchoolResult(school, tuple(came)))
    ended = [one for one in sessions.values() if one.ends_at <= now]
    return Engagement(
        schools=tuple(results),
        left_out=tuple(left_out),
        outside=list_outside(facts.attendees, visits, known),
        sessions_held=len(ended),
        sessions_not_closed=sum(not one.is_closed for one in ended),
    )


def is_eligible(attendee: Attendee, session: NetworkSession) -> bool:
    """Whether the school is represented: a role held there on the day of the session.

    A walk-in's named role stands until somebody says who it was, unless that person was in the
    service or with a partner that day. A governor needs the event's word.
    """
    roles = {held.role for held in attendee.held if held.holds(session.day)}
    if not roles and attendee.is_walk_in and not attendee.is_merged:
        serving = any(
            first <= session.day and (last is None or session.day <= last)
            for first, last in attendee.serves
        )
        roles = set() if serving else {attendee.role}
    return bool(roles if session.governors_count else roles - {SchoolRoleKind.GOVERNOR})


def find_visits(
    attendees: Iterable[Attendee], sessions: Mapping[int, NetworkSession]
) -> dict[int, list[Visit]]:
    """Visits by school, one a session however many people came."""
    roles: dict[tuple[int, int], set[SchoolRoleKind]] = defaultdict(set)
    names = {}
    for attendee in attendees:
        session = sessions.get(attendee.session_id)
        if session and session.is_closed and is_eligible(attendee, session):
            roles[attendee.school_id, attendee.session_id].add(attendee.role)
            names[attendee.school_id] = attendee.school_name
    visits: dict[int, list[Visit]] = defaultdict(list)
    for (school_id, session_id), held in roles.items():
        day = sessions[session_id].day
        visits[school_id].append(
            Visit(day, session_id, school_id, names[school_id], frozenset(held))
        )
    return visits


@dataclass(frozen=True)
class SameSchools:
    """Which schools are one in a period, by the changes that fall in it."""

    later: Mapping[int, frozenset[int]]
    earlier: Mapping[int, frozenset[int]]

    def successors(self, school_id: int) -> frozenset[int]:
        return _reach(school_id, self.later)

    def predecessors(self, school_id: int) -> frozenset[int]:
        return _reach(school_id, self.earlier)

    def one_school(self, school_id: int) -> frozenset[int]:
        return self.successors(school_id) | self.predecessors(school_id) | {school_id}


def find_same_schools(links: Iterable[Link], period: Period) -> SameSchools:
    later: dict[int, set[int]] = defaultdict(set)
    earlier: dict[int, set[int]] = defaultdict(set)
    for link in links:
        if link.changed_on and period.holds(link.changed_on):
            later[link.school_id].add(link.successor_id)
            if link.opened_on is None or link.opened_on >= period.starts_on:
                earlier[link.successor_id].add(link.school_id)
    return SameSchools(
        {school_id: frozenset(others) for school_id, others in later.items()},
        {school_id: frozenset(others) for school_id, others in earlier.items()},
    )


def _reach(start: int, steps: Mapping[int, frozenset[int]]) -> frozenset[int]:
    """Every school that steps lead to from ``start``, itself left out; safe against circles."""
    found: set[int] = set()
    ahead = [start]
    while ahead:
        new = steps.get(ahead.pop(), frozenset()) - found - {start}
        found |= new
        ahead.extend(new)
    return frozenset(found)


def why_left_out(
    school: ListedSchool,
    came: Collection[Visit],
    same: SameSchools,
    listed_ids: Collection[int],
    days: tuple[date, date],
) -> str:
    """Why a listed school leaves the denominator, "" where it stays."""
    successors = same.successors(school.school_id)
    if not (same.predecessors(school.school_id) - successors).isdisjoint(listed_ids):
        return "is the same school as one on the list that became it"
    first, last = days
    closed = school.closed_on
    if closed and first <= closed < last and not came and not successors:
        return f"closed on {clock.say_day(closed)} and had not come"
    return ""


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
