"""Addresses that mail comes back from: whoever has one may have left."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.email_addresses import is_email_address
from cop_site.errors import DomainError

AT_ONCE = 500


@dataclass(frozen=True)
class Bounced:
    """How many addresses were given, and those that nobody here has."""

    given: int
    unknown: list[str]

    @property
    def known(self) -> int:
        return self.given - len(self.unknown)


def note_bounce(address: str) -> None:
    """Mail to this address came back for good, now. Nothing where nobody here has it."""
    _note([address.lower()])


def _note(addresses: Collection[str]) -> None:
    db.session.execute(
        sa.update(Person)
        .where(Person.email.in_(addresses), Person.merged_into_id.is_(None))
        .values(bounced_at=clock.now())
    )


def forget_bounce(person_id: int) -> None:
    """They are in, or have another address: whatever came back says nothing of them any more."""
    db.session.execute(
        sa.update(Person)
        .where(Person.id == person_id, Person.bounced_at.is_not(None))
        .values(bounced_at=None)
    )


def note_bounces(lines: Iterable[str]) -> Bounced:
    """As ``note_bounce`` for addresses, one a line; empty lines are passed over.

    Raises DomainError, and notes none, where a line is no address.
    """
    given = list(dict.fromkeys(_read_lines(lines)))
    known: set[str] = set()
    for start in range(0, len(given), AT_ONCE):
        part = given[start : start + AT_ONCE]
        unmerged = Person.merged_into_id.is_(None)
        rows = db.session.scalars(sa.select(Person.email).where(Person.email.in_(part), unmerged))
        known |= {cast(str, email) for email in rows}
        _note(part)
    return Bounced(len(given), [address for address in given if address not in known])


def _read_lines(lines: Iterable[str]) -> Iterable[str]:
    for number, line in enumerate(lines, 1):
        address = line.strip().lower()
        if address and not is_email_address(address):
            raise DomainError(f"line {number} is no email address. Nothing was noted.")
        if address:
            yield address
