"""Reads for a meeting's list."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from cop_site.accounts.models import Person, User
from cop_site.db import db


def list_emails(person_ids: Collection[int]) -> dict[int, set[str]]:
    """Every address that the site knows of these people, in small letters. One statement."""
    own = sa.select(Person.id, Person.email).where(
        Person.id.in_(person_ids), Person.email.is_not(None)
    )
    sign_in = sa.select(User.person_id, User.email).where(User.person_id.in_(person_ids))
    into = sa.orm.aliased(Person)
    merged = (
        sa.select(Person.id, into.email)
        .join(into, into.id == Person.merged_into_id)
        .where(Person.id.in_(person_ids), into.email.is_not(None))
    )
    found: dict[int, set[str]] = {}
    every: sa.CompoundSelect[int, str] = sa.union_all(own, sign_in, merged)
    for person_id, email in db.session.execute(every):
        found.setdefault(person_id, set()).add(email.lower())
    return found
