"""Tapping a mark, and reading what came of it."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.models import Person
from cop_site.attendance.models import Mark, MarkChange
from cop_site.attendance.services import (
    Tap,
)
from cop_site.db import db


def tap(
    person: Person,
    kind: str = "in_person",
    replaces: str = "not_recorded",
    tap_id: str = "tap-0001",
) -> Tap:
    return Tap(tap_id=tap_id, person_id=person.id, kind_key=kind, replaces=replaces)


def the_mark() -> Mark:
    return db.session.scalars(sa.select(Mark)).one()


def changes() -> list[tuple[str, str]]:
    query = sa.select(MarkChange.was, MarkChange.now).order_by(MarkChange.id)
    return [(was, now) for was, now in db.session.execute(query)]
