"""What the engagement page, its lists, its file and the panel on home all show."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from cop_site import clock
from cop_site.errors import NotFoundError
from cop_site.reports import engagement_queries as queries
from cop_site.reports.engagement import (
    Engagement,
    Facts,
    NetworkSession,
    SchoolResult,
    find_visits,
    measure,
)
from cop_site.reports.engagement_queries import FrozenScope, TermWithScopes


@dataclass(frozen=True)
class Moment:
    """From when a figure is seen: sessions up to ``as_at``, as known at ``known_at``.

    ``known_at`` None is everything known now.
    """

    as_at: date
    known_at: datetime | None = None

    @property
    def now(self) -> datetime:
        return self.known_at or clock.now()


@dataclass(frozen=True)
class Report:
    """One term and scope with its figures. ``figures`` is None where no scope is frozen."""

    terms: tuple[TermWithScopes, ...]
    term: TermWithScopes | None
    scope: FrozenScope | None
    as_at: date
    figures: Engagement | None = None
    before: Engagement | None = None
    sessions: tuple[NetworkSession, ...] = ()
    to_come: tuple[NetworkSession, ...] = ()
    no_comparison: str = ""

    @property
    def begun_terms(self) -> tuple[TermWithScopes, ...]:
        """The terms to choose from, newest first: begun, or the one that was asked for."""
        return tuple(
            one for one in self.terms if one is self.term or one.period.starts_on <= self.as_at
        )

    @property
    def is_running(self) -> bool:
        """Whether the figure can still grow: school goes on, or a session is still to come."""
        return self.term is not None and bool(self.to_come or self.as_at <= self.term.ends_on)

    @property
    def still_to_come(self) -> str:
        """Why the figure is not final, "" where it is."""
        if self.term is None or not self.is_running:
            return ""
        if self.as_at < self.term.period.starts_on:
            return f"Term begins on {clock.say_day(self.term.period.starts_on)}"
        start = "Term still running" if self.as_at <= self.term.ends_on else "Still to come"
        if not self.to_come:
            return f"{start}: no more SENCO network sessions are published"
        first, many = clock.say_day(self.to_come[0].day), len(self.to_come)
        if many == 1:
            return f"{start}: 1 more SENCO network session, {first}"
        return f"{start}: {many} more SENCO network sessions, the next on {first}"

    @property
    def evidence(self) -> str:
        """What stands beside M1's figure: k of n, last term's, and the change in points."""
        if self.figures is None:
            return ""
        rate, so_far = self.figures.rate, " so far" if self.is_running else ""
        too_few = "Too few schools for a percentage"
        sentences = [f"{rate.of}{so_far}" if rate.has_percent or so_far else too_few]
        if so_far and not rate.has_percent:
            sentences.append(too_few)
        if self.before is not None and self.before.rate.n:
            whole = " in the whole term" if self.is_running else ""
            sentences += [
                f"Last term {self.before.rate.of}{whole}",
                rate.change_since(self.before.rate),
            ]
        sentences.append(self.no_comparison)
        return " ".join(f"{sentence}." for sentence in sentences if sentence)


def load_report(
    *,
    term_id: int | None = None,
    scope_id: int | None = None,
    cluster_ids: Collection[int] | None = None,
    moment: Moment | None = None,
) -> Report:
    """The figures of a term and scope, in five statements whatever the size.

    Without a term: the latest with a held network session. Without a scope, or with one of
    another term: the newest version of the list named first. ``cluster_ids`` leaves only those
    clusters' schools. Last term's figures come with them where it has a scope of the same name.
    NotFoundError where there is no such term.
    """
    moment = moment or Moment(clock.today())
    terms = tuple(queries.list_terms_with_scopes())
    sessions = tuple(queries.list_network_sessions(moment.known_at))
    term = choose_term(terms, sessions, term_id, moment)
    scope = choose_scope(term, scope_id)
    to_come = list_to_come(term, sessions, moment)
    report = Report(terms, term, scope, moment.as_at, sessions=sessions, to_come=to_come)
    if term is None or scope is None:
        return report
    chosen = [(term, scope)]
    earlier = find_term_before(terms, term)
    previous = find_same_list(earlier, scope)
    if earlier and previous:
        chosen.append((earlier, previous))
    elif earlier:
        sentence = f"No comparison: {earlier.name} has no list called {scope.name}"
        report = replace(report, no_comparison=sentence)
    figures = measure_all(chosen, sessions, moment)
    if cluster_ids is not None:
        figures = [one.only(cluster_ids) for one in figures]
    before = figures[1] if len(figures) > 1 and figures[1].sessions_held else None
    return replace(report, figures=figures[0], before=before)


def measure_all(
    chosen: list[tuple[TermWithScopes, FrozenScope]],
    sessions: Iterable[NetworkSession],
    moment: Moment,
) -> list[Engagement]:
    """M1 and M4 of several terms from one reading of the facts."""
    periods = [term.period for term, _ in chosen]
    counted = tuple(one for one in sessions if any(period.holds(one.day) for period in periods))
    listed = queries.list_listed_schools([scope.id for _, scope in chosen])
    attendees = tuple(
        queries.list_attendees([one.session_id for one in counted], known_at=moment.known_at)
    )
    links = tuple(queries.list_links(periods))
    return [
        measure(
            Facts(listed[scope.id], counted, attendees, links),
            term.period,
            as_at=moment.as_at,
            now=moment.now,
        )
        for term, scope in chosen
    ]


def choose_term(
    terms: Collection[TermWithScopes],
    sessions: Collection[NetworkSession],
    term_id: int | None,
    moment: Moment,
) -> TermWithScopes | None:
    """The term asked for, else the latest with a held session, else today's, else the first."""
    if term_id is not None:
        found = next((term for term in terms if term.id == term_id), None)
        if found is None:
            raise NotFoundError("There is no such term.")
        return found
    held = [one.day for one in sessions if one.ends_at <= moment.now and one.day <= moment.as_at]
    for day in (max(held, default=None), moment.as_at):
        for term in terms:
            if day and term.period.holds(day):
                return term
    return min(terms, key=lambda term: term.period.starts_on, default=None)


def choose_scope(term: TermWithScopes | None, scope_id: int | None) -> FrozenScope | None:
    scopes = term.scopes if term else ()
    asked = (scope for scope in scopes if scope.id == scope_id)
    return next(asked, scopes[0] if scopes else None)


def find_term_before(
    terms: Collection[TermWithScopes], term: TermWithScopes
) -> TermWithScopes | None:
    earlier = [one for one in terms if one.period.starts_on < term.period.starts_on]
    return max(earlier, key=lambda one: one.period.starts_on, default=None)


def find_same_list(term: TermWithScopes | None, scope: FrozenScope) -> FrozenScope | None:
    """The newest version of the list of that name: rates of other lists cannot be compared."""
    scopes = term.scopes if term else ()
    same = (one for one in scopes if one.name.casefold() == scope.name.casefold())
    return next(same, None)


def list_to_come(
    term: TermWithScopes | None, sessions: Iterable[NetworkSession], moment: Moment
) -> tuple[NetworkSession, ...]:
    """The sessions of the term's period that have not ended, the next one first."""
    return tuple(
        one
        for one in sessions
        if term
        and term.period.holds(one.day)
        and (one.day > moment.as_at or one.ends_at > moment.now)
    )


def find_last_visits(report: Report, schools: Collection[SchoolResult]) -> Mapping[int, date]:
    """The latest day each of these schools ever came to the network, by school id."""
    ids = [one.school.school_id for one in schools]
    if not ids:
        return {}
    counted = {one.session_id: one for one in report.sessions if one.day <= report.as_at}
    attendees = queries.list_attendees(list(counted), school_ids=ids)
    visits = find_visits(attendees, counted)
    return {school_id: max(visit.day for visit in came) for school_id, came in visits.items()}
