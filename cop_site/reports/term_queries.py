"""Reads of terms with their frozen lists of schools."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, User
from cop_site.db import db
from cop_site.events.models import Event, EventKind, Option, Session
from cop_site.reports.session_queries import day_begins, is_published
from cop_site.schools.models import Scope, Term
from cop_site.schools.scope_queries import default_first
from cop_site.schools.term_models import Period
from cop_site.schools.term_queries import find_periods


@dataclass(frozen=True)
class FrozenScope:
    id: int
    name: str
    version: int
    reference_on: date
    frozen_at: datetime
    frozen_by: str
    left_out_count: int = 0

    @property
    def label(self) -> str:
        return self.name if self.version == 1 else f"{self.name}, version {self.version}"


@dataclass(frozen=True)
class TermWithScopes:
    """A term, its last day of school, its period for figures, and its frozen scopes.

    The list named first comes first, each list's newest version before its older ones (see
    default_first).
    """

    id: int
    name: str
    ends_on: date
    period: Period
    scopes: tuple[FrozenScope, ...]
    half_term_starts_on: date | None = None
    half_term_ends_on: date | None = None

    @property
    def starts_on(self) -> date:
        return self.period.starts_on


@dataclass(frozen=True)
class Terms:
    """Every term, newest first, and when the latest network session was held, if any was."""

    all: tuple[TermWithScopes, ...]
    last_held_at: datetime | None


def list_terms_with_scopes(as_at: date, now: datetime, known_at: datetime | None = None) -> Terms:
    """Every term with its scopes, in one statement.

    A network session was held when it had ended by ``now``, and not after ``as_at``.
    """
    rows = db.session.execute(
        sa.select(Term, Scope, Person.name, _last_held(as_at, now, known_at))
        .outerjoin(Scope, Scope.term_id == Term.id)
        .outerjoin(User, User.id == Scope.frozen_by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .order_by(Term.starts_on.desc(), *default_first())
    ).all()
    scopes: dict[Term, list[FrozenScope]] = {}
    for term, scope, frozen_by, _held in rows:
        found = scopes.setdefault(term, [])
        if scope is not None:
            found.append(_frozen(scope, frozen_by or ""))
    periods = find_periods(scopes)
    terms = tuple(
        TermWithScopes(
            *(term.id, term.name, term.ends_on, periods[term.id], tuple(found)),
            *(term.half_term_starts_on, term.half_term_ends_on),
        )
        for term, found in scopes.items()
    )
    return Terms(terms, rows[0][3] if rows else None)


def _last_held(as_at: date, now: datetime, known_at: datetime | None) -> sa.ScalarSelect[datetime]:
    return (
        sa.select(sa.func.max(Session.starts_at))
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
        .where(
            Event.kind == EventKind.SENCO_NETWORK,
            is_published(known_at),
            Session.ends_at <= now,
            Session.starts_at < day_begins(as_at + clock.ONE_DAY),
        )
        .scalar_subquery()
    )


def _frozen(scope: Scope, frozen_by: str) -> FrozenScope:
    return FrozenScope(
        *(scope.id, scope.name, scope.version, scope.reference_on, scope.frozen_at, frozen_by),
        left_out_count=len(scope.rule.get("left_out", ())),
    )
