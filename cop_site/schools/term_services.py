"""Terms: entered by an administrator, corrected with a history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_stale
from cop_site.schools.authority_services import lock_authority
from cop_site.schools.models import Scope, Term
from cop_site.schools.setup_services import NewTerm, check_terms
from cop_site.schools.term_models import year_of

# 52 weeks, so that a term that began on a Tuesday is suggested to begin on one.
A_SCHOOL_YEAR = timedelta(days=364)
# Next year's terms are suggested once fewer than so many are ahead: in England, from January.
ENOUGH_AHEAD = 2


def as_new(term: Term) -> NewTerm:
    first, last = term.half_term_starts_on, term.half_term_ends_on
    half_term = (first, last) if first and last else None
    return NewTerm(term.name, term.starts_on, term.ends_on, half_term)


def suggest_next_year(terms: Sequence[Term]) -> list[NewTerm]:
    """The terms of the last year there is, 52 weeks later. None before the last but one has
    begun, as by then the dates are known; none where there are no terms.
    """
    ahead = sum(term.starts_on > clock.today() for term in terms)
    if not terms or ahead >= ENOUGH_AHEAD:
        return []
    last_year = max(year_of(term.starts_on) for term in terms)
    chosen = [term for term in terms if year_of(term.starts_on) == last_year]
    return [_a_year_on(as_new(term)) for term in sorted(chosen, key=lambda term: term.starts_on)]


def _a_year_on(term: NewTerm) -> NewTerm:
    name = re.sub(r"\b(?:19|20)\d\d\b", lambda year: str(int(year.group()) + 1), term.name)
    half_term = None
    if term.half_term is not None:
        half_term = (term.half_term[0] + A_SCHOOL_YEAR, term.half_term[1] + A_SCHOOL_YEAR)
    starts_on, ends_on = term.starts_on + A_SCHOOL_YEAR, term.ends_on + A_SCHOOL_YEAR
    return NewTerm(name, starts_on, ends_on, half_term)


def add_terms(new: Sequence[NewTerm], *, by: int) -> list[Term]:
    """Raises DomainError where one overlaps another, or shares its name."""
    standing = [as_new(term) for term in _lock_terms()]
    check_terms([*standing, *new], typed=new[0] if len(new) == 1 else None)
    rows = [Term(**_values(term)) for term in new]
    db.session.add_all(rows)
    db.session.flush()
    for row in rows:
        audit.record("term", row.id, "added", by=by, now=_as_json(row))
    return rows


def change_term(term_id: int, to: NewTerm, *, seen: str, reason: str, by: int) -> Term:
    """Correct a term. One that has begun needs a reason: figures are counted over its days.

    ``seen`` is the stamp of what the form was opened on: StaleEditError where somebody changed
    it since. Raises DomainError where it overlaps another, or shares its name.
    """
    terms = {term.id: term for term in _lock_terms()}
    term = terms.pop(term_id, None)
    if term is None:
        raise NotFoundError("There is no such term.")
    refuse_stale(seen, values_of(term))
    if term.starts_on <= clock.today() and not reason:
        raise DomainError("Enter why the term is changed: figures rest on it", field="reason")
    check_terms([*(as_new(other) for other in terms.values()), to], typed=to)
    was = _as_json(term)
    for name, value in _values(to).items():
        setattr(term, name, value)
    db.session.flush()
    changed = {name for name, value in _as_json(term).items() if was[name] != value}
    if changed:
        now = {name: _as_json(term)[name] for name in changed}
        before = {name: was[name] for name in changed}
        audit.record("term", term.id, "changed", by=by, was=before, now=now, reason=reason)
    return term


def remove_term(term_id: int, *, by: int) -> str:
    """Take a term away that has not begun and has no list of schools. Returns its name.

    Raises DomainError where it has begun, or has one.
    """
    term = {term.id: term for term in _lock_terms()}.get(term_id)
    if term is None:
        raise NotFoundError("There is no such term.")
    if term.starts_on <= clock.today():
        raise DomainError(f"{term.name} has begun, so it stays.")
    if db.session.scalar(sa.select(Scope.id).where(Scope.term_id == term.id).limit(1)):
        raise DomainError(f"{term.name} has a list of schools, so it stays.")
    audit.record("term", term.id, "removed", by=by, was=_as_json(term))
    db.session.delete(term)
    db.session.flush()
    return term.name


def _lock_terms() -> list[Term]:
    """Every term as it is now. One change at a time: the authority's row is locked."""
    lock_authority()
    query = sa.select(Term).order_by(Term.starts_on)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _values(term: NewTerm) -> dict[str, Any]:
    first, last = term.half_term or (None, None)
    return {
        "name": term.name,
        "starts_on": term.starts_on,
        "ends_on": term.ends_on,
        "half_term_starts_on": first,
        "half_term_ends_on": last,
    }


def values_of(term: Term) -> dict[str, Any]:
    """A term as its form shows it."""
    return _values(as_new(term))


def _as_json(term: Term) -> dict[str, Any]:
    values = values_of(term)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
