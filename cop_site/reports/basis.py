"""Which term, list of schools and moment the figures of a page rest on."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from cop_site import clock
from cop_site.errors import NotFoundError
from cop_site.events.models import EventKind
from cop_site.reports.fact_models import CountedSession
from cop_site.reports.session_queries import list_sessions
from cop_site.reports.term_queries import FrozenScope, Terms, TermWithScopes, list_terms_with_scopes
from cop_site.schools.term_models import Period


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
class Ask:
    """What an address asks for. ``visible`` are the clusters its reader may see, None for all."""

    term_id: int | None = None
    scope_id: int | None = None
    cluster_id: int | None = None
    visible: frozenset[int] | None = None

    @property
    def cluster_ids(self) -> frozenset[int] | None:
        """The clusters that figures are narrowed to; None for the whole."""
        if self.cluster_id is None:
            return self.visible
        chosen = frozenset({self.cluster_id})
        return chosen if self.visible is None else chosen & self.visible


@dataclass(frozen=True)
class Basis:
    """One term and list, with last term's where a list of the same name was frozen then.

    ``sessions`` are those of both terms, of every kind of event.
    """

    terms: tuple[TermWithScopes, ...]
    term: TermWithScopes | None
    scope: FrozenScope | None
    moment: Moment
    ask: Ask = Ask()
    earlier: TermWithScopes | None = None
    earlier_scope: FrozenScope | None = None
    sessions: tuple[CountedSession, ...] = ()

    @property
    def as_at(self) -> date:
        return self.moment.as_at

    @property
    def now(self) -> datetime:
        return self.moment.now

    @property
    def cluster_ids(self) -> frozenset[int] | None:
        return self.ask.cluster_ids

    @property
    def begun_terms(self) -> tuple[TermWithScopes, ...]:
        """The terms to choose from, newest first: begun, or the one that was asked for."""
        return tuple(
            one for one in self.terms if one is self.term or one.period.starts_on <= self.as_at
        )

    @property
    def told_terms(self) -> tuple[TermWithScopes, ...]:
        """The term, and the one before it where there is one."""
        return tuple(one for one in (self.term, self.earlier) if one)

    @property
    def periods(self) -> tuple[Period, ...]:
        return tuple(one.period for one in self.told_terms)

    @property
    def scope_ids(self) -> tuple[int, ...]:
        return tuple(one.id for one in (self.scope, self.earlier_scope) if one)

    @property
    def days_so_far(self) -> tuple[date, date]:
        """The term's first day, and the last of its period or the as-at date if that is earlier."""
        first = self.term.starts_on if self.term else self.as_at
        last = self.term.period.ends_on if self.term else None
        return first, min(last or self.as_at, self.as_at)

    @property
    def no_comparison(self) -> str:
        if self.scope is None or self.earlier is None or self.earlier_scope:
            return ""
        return f"No comparison: {self.earlier.name} has no list called {self.scope.name}"

    @property
    def to_come(self) -> tuple[CountedSession, ...]:
        """The network sessions of the term's period that have not ended, the next one first."""
        return tuple(
            one
            for one in self.sessions
            if self.term
            and one.kind is EventKind.SENCO_NETWORK
            and self.term.period.holds(one.day)
            and (one.day > self.as_at or one.ends_at > self.now)
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
        if self.as_at < self.term.starts_on:
            return f"Term begins on {clock.say_day(self.term.starts_on)}"
        start = "Term still running" if self.as_at <= self.term.ends_on else "Still to come"
        ahead = self.to_come
        if not ahead:
            return f"{start}: no more SENCO network sessions are published"
        first, many = clock.say_day(ahead[0].day), len(ahead)
        if many == 1:
            return f"{start}: 1 more SENCO network session, {first}"
        return f"{start}: {many} more SENCO network sessions, the next on {first}"


def load_basis(ask: Ask | None = None, moment: Moment | None = None) -> Basis:
    """In two statements, whatever the size.

    Without a term: the latest with a held network session. Without a scope, or with one of
    another term: the newest version of the list named first. NotFoundError where there is no
    such term.
    """
    ask, moment = ask or Ask(), moment or Moment(clock.today())
    terms = list_terms_with_scopes(moment.as_at, moment.now, moment.known_at)
    term = choose_term(terms, ask.term_id, moment.as_at)
    if term is None:
        return Basis(terms.all, None, None, moment, ask)
    scope = choose_scope(term, ask.scope_id)
    earlier = find_term_before(terms.all, term)
    periods = [one.period for one in (term, earlier) if one]
    return Basis(
        terms=terms.all,
        term=term,
        scope=scope,
        moment=moment,
        ask=ask,
        earlier=earlier,
        earlier_scope=find_same_list(earlier, scope) if scope else None,
        sessions=tuple(list_sessions(periods, moment.now, moment.known_at)),
    )


def choose_term(terms: Terms, term_id: int | None, as_at: date) -> TermWithScopes | None:
    """The term asked for, else the latest with a held session, else today's, else the first."""
    if term_id is not None:
        found = next((term for term in terms.all if term.id == term_id), None)
        if found is None:
            raise NotFoundError("There is no such term.")
        return found
    held = clock.london_date(terms.last_held_at) if terms.last_held_at else None
    for day in (held, as_at):
        for term in terms.all:
            if day and term.period.holds(day):
                return term
    return min(terms.all, key=lambda term: term.starts_on, default=None)


def choose_scope(term: TermWithScopes | None, scope_id: int | None) -> FrozenScope | None:
    scopes = term.scopes if term else ()
    asked = (scope for scope in scopes if scope.id == scope_id)
    return next(asked, scopes[0] if scopes else None)


def find_term_before(
    terms: Collection[TermWithScopes], term: TermWithScopes
) -> TermWithScopes | None:
    earlier = [one for one in terms if one.starts_on < term.starts_on]
    return max(earlier, key=lambda one: one.starts_on, default=None)


def find_same_list(term: TermWithScopes | None, scope: FrozenScope) -> FrozenScope | None:
    """The newest version of the list of that name: rates of other lists cannot be compared."""
    scopes: Iterable[FrozenScope] = term.scopes if term else ()
    same = (one for one in scopes if one.name.casefold() == scope.name.casefold())
    return next(same, None)
