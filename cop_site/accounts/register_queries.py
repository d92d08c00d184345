"""Reads of the files of the register that were taken in, with who did it."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from cop_site.accounts.models import Person, User
from cop_site.db import db
from cop_site.schools.models import SchoolImport

NEWEST = 50


@dataclass(frozen=True)
class TakenIn:
    """A file that was taken in; ``by`` None for the command."""

    row: SchoolImport
    by: str | None


def list_imports() -> list[TakenIn]:
    """The newest 50 files, the newest first."""
    rows = db.session.execute(
        sa.select(SchoolImport, Person.name)
        .outerjoin(User, User.id == SchoolImport.by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .order_by(SchoolImport.id.desc())
        .limit(NEWEST)
    )
    return [TakenIn(*row) for row in rows]
