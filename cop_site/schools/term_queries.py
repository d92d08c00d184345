"""Reads of terms with their periods: what every figure of a term is counted over."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import NamedTuple, Protocol

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.models import Term
from cop_site.schools.term_models import Period


class HasBegun(Protocol):
    """A term, or a row that has its id and first day."""

    @property
    def id(self) -> int: ...
    @property
    def starts_on(self) -> date: ...


class TermPeriod(NamedTuple):
    term: Term
    period: Period


def find_periods(terms: Iterable[HasBegun]) -> dict[int, Period]:
    """The period of each term by its id. ``terms``: every one there is, in any order."""
    order = sorted(terms, key=lambda one: one.starts_on)
    lasts: list[date | None] = [after.starts_on - clock.ONE_DAY for after in order[1:]]
    return {
        one.id: Period(one.starts_on, last)
        for one, last in zip(order, [*lasts, None], strict=False)
    }


def list_terms_with_periods() -> list[TermPeriod]:
    """Every term with its period, newest first, in one statement."""
    terms = list(db.session.scalars(_terms()))
    periods = find_periods(terms)
    return [TermPeriod(term, periods[term.id]) for term in terms]


@cache
def _terms() -> sa.Select[Term]:
    return sa.select(Term).order_by(Term.starts_on.desc())


def get_term(term_id: int) -> Term:
    """The term, or NotFoundError."""
    term = db.session.get(Term, term_id)
    if term is None:
        raise NotFoundError("There is no such term.")
    return term
