"""Setting up the one authority that a site serves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from cop_site import audit
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.schools.models import Authority, Term


@dataclass(frozen=True)
class NewTerm:
    """A term to be; its half term is two days, first and last, or None where nobody said."""

    name: str
    starts_on: date
    ends_on: date
    half_term: tuple[date, date] | None = None

    @property
    def holds_its_half_term(self) -> bool:
        if self.half_term is None:
            return True
        first, last = self.half_term
        return self.starts_on < first <= last < self.ends_on


def check_terms(terms: Sequence[NewTerm], *, typed: NewTerm | None = None) -> None:
    """Raises DomainError unless each term runs forwards, and no two overlap or share a name.

    ``typed`` is the one of them that a form holds: what overlaps is said of it.
    """
    for term in terms:
        _check_alone(term)
    if len({term.name for term in terms}) < len(terms):
        raise DomainError("No two terms may have the same name.", field="name")
    for first, second in pairwise(sorted(terms, key=lambda term: term.starts_on)):
        if second.starts_on <= first.ends_on:
            if first is typed:
                raise DomainError(
                    f"{first.name} must end before {second.name} starts.", field="ends_on"
                )
            raise DomainError(
                f"{second.name} must start after {first.name} has ended.", field="starts_on"
            )


def _check_alone(term: NewTerm) -> None:
    if not term.name:
        raise DomainError("Each term needs a name.", field="name")
    if term.starts_on >= term.ends_on:
        raise DomainError(f"{term.name} must end after it starts.", field="ends_on")
    if not term.holds_its_half_term:
        raise DomainError(
            f"The half term of {term.name} must lie within it.", field="half_term_starts_on"
        )


def set_up_authority(
    name: str, service_name: str, contact_email: str, terms: Sequence[NewTerm]
) -> Authority:
    """The authority and its first terms. Raises DomainError where the site has one already."""
    if db.session.get(Authority, 1, populate_existing=True) is not None:
        raise DomainError("This site is set up already.")
    if not name or not service_name:
        raise DomainError("The authority and its service each need a name.", field="name")
    check_terms(terms)
    authority = Authority(id=1, name=name, service_name=service_name, contact_email=contact_email)
    db.session.add(authority)
    db.session.add_all(
        Term(
            name=term.name,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            half_term_starts_on=term.half_term[0] if term.half_term else None,
            half_term_ends_on=term.half_term[1] if term.half_term else None,
        )
        for term in terms
    )
    db.session.flush()
    audit.record("authority", authority.id, "set up", by=None, now={"name": name})
    return authority
