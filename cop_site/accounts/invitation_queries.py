"""Reads for somebody who holds an invitation."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts import role_queries
from cop_site.accounts.models import Person, User
from cop_site.accounts.role_queries import RoleLine
from cop_site.db import db
from cop_site.errors import NotFoundError


@dataclass(frozen=True)
class Invited:
    """Who an invitation is for, and what they are or will be here."""

    user_id: int
    name: str
    email: str
    roles: list[RoleLine]


def get_invited(user_id: int) -> Invited:
    """NotFoundError where they have been in already, or the account is closed."""
    row = db.session.execute(
        sa.select(Person.id, Person.name, User.email)
        .join(User, User.person_id == Person.id)
        .where(User.id == user_id, User.first_in_at.is_(None), User.disabled_at.is_(None))
    ).one_or_none()
    if row is None:
        raise NotFoundError("There is no such invitation.")
    roles = role_queries.list_roles([row.id], clock.today())
    return Invited(user_id, row.name, row.email, roles)
