"""What a school reads of the log: the revision of each entry that was signed last.

While changed words wait for an EP, or are sent back, that is an older one than the entry holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.models import School
from cop_site.support.list_queries import join_names
from cop_site.support.models import (
    OPEN_TO_SCHOOLS,
    SIGNING,
    UNSIGNED,
    Entry,
    EntryRevision,
    EntrySchool,
    EntryStep,
    EntryWorker,
    SupportKind,
    SupportTheme,
)


@dataclass(frozen=True)
class AgreedRow:
    """An entry as a school reads it. ``line`` is its own; other schools are only counted."""

    id: int
    day: date
    kind_name: str
    theme_name: str
    workers: str
    agreed: str
    line: str
    minutes: int
    school_id: int
    school_name: str
    school_count: int


def list_agreed(
    school_ids: Sequence[int], *, page: int, size: int, before: date | None = None
) -> tuple[list[AgreedRow], int]:
    """What was agreed with these schools (before a day), newest first, and how many in all.

    One statement, and one for names where something is read as signed before. An entry that
    names two of the schools is there twice, each time with that school's own line.
    """
    query = _rows(school_ids)
    # As text, for a revision is JSON: years first, so it sorts as days do.
    day = _as_signed("day", sa.cast(Entry.day, sa.Text))
    if before is not None:
        query = query.where(day < before.isoformat())
    query = query.order_by(day.desc(), Entry.id.desc(), School.name)
    rows = db.session.execute(query.limit(size).offset((page - 1) * size)).all()
    return _read(rows), rows[0].total if rows else 0


def get_agreed(entry_id: int, school_ids: Sequence[int]) -> list[AgreedRow]:
    """What an entry says to each of these schools that it names; NotFoundError for none."""
    query = _rows(school_ids).where(Entry.id == entry_id).order_by(School.name)
    found = _read(db.session.execute(query).all())
    if not found:
        raise NotFoundError("There is no such entry.")
    return found


def is_open_to(school_ids: Collection[int]) -> sa.ColumnElement[bool]:
    """True for an Entry of which one of these schools reads some revision."""
    now = sa.exists().where(EntrySchool.entry_id == Entry.id, EntrySchool.school_id.in_(school_ids))
    before = sa.exists().where(
        EntryRevision.entry_id == Entry.id,
        EntryRevision.number == _last_signed(),
        sa.or_(sa.false(), *(_names(id_) for id_ in school_ids)),
    )
    return sa.or_(
        sa.and_(Entry.state.in_(OPEN_TO_SCHOOLS), now.correlate(Entry)),
        sa.and_(Entry.state.in_(UNSIGNED), before.correlate(Entry)),
    )


@cache
def _last_signed() -> sa.ScalarSelect[int]:
    """The number of the revision of an EntryRevision's entry that was signed last."""
    signed = sa.select(sa.func.max(EntryStep.revision)).where(
        EntryStep.entry_id == EntryRevision.entry_id, EntryStep.verb.in_(SIGNING)
    )
    return signed.correlate(EntryRevision).scalar_subquery()


def _names(school_id: int) -> sa.ColumnElement[bool]:
    """True for an EntryRevision that names a school."""
    line: sa.ColumnElement[str | None] = EntryRevision.content[
        ("schools", str(school_id))
    ].as_string()
    return line.is_not(None)


def _as_signed(name: str, now: Any) -> Any:
    """A value of the revision that was signed last, where that is an older one."""
    return sa.func.coalesce(EntryRevision.content[name].as_string(), now)


def _rows(school_ids: Sequence[int]) -> Any:
    """A row for each entry and school; ``content`` where an older revision is read."""
    other = sa.orm.aliased(EntrySchool)
    others = sa.select(sa.func.count()).where(other.entry_id == Entry.id).correlate(Entry)
    theirs = sa.and_(EntrySchool.entry_id == Entry.id, EntrySchool.school_id == School.id)
    query = sa.select(
        *(Entry.id, Entry.day, SupportKind.name, SupportTheme.name),
        sa.func.coalesce(join_names(Person, EntryWorker, EntryWorker.person_id), ""),
        *(Entry.agreed, EntrySchool.agreed, Entry.contact_minutes),
        *(School.id, School.name, others.scalar_subquery()),
        *(EntryRevision.content, sa.func.count().over().label("total")),
    ).select_from(Entry)
    query = query.join(School, School.id.in_(school_ids)).outerjoin(EntrySchool, theirs)
    query = query.outerjoin(EntryRevision, _is_older())
    query = query.join(SupportKind, SupportKind.key == _as_signed("kind", Entry.kind_key))
    query = query.join(SupportTheme, SupportTheme.key == _as_signed("theme", Entry.theme_key))
    named = (sa.and_(School.id == id_, _names(id_)) for id_ in school_ids)
    is_now = sa.and_(Entry.state.in_(OPEN_TO_SCHOOLS), EntrySchool.id.is_not(None))
    return query.where(sa.or_(is_now, *named))


def _is_older() -> sa.ColumnElement[bool]:
    return sa.and_(
        EntryRevision.entry_id == Entry.id,
        EntryRevision.number == _last_signed(),
        Entry.state.in_(UNSIGNED),
    )


def _read(rows: Sequence[Any]) -> list[AgreedRow]:
    """The rows as they are, or as their older revision says."""
    older = [row.content for row in rows if row.content]
    ids = {id_ for content in older for id_ in content["workers"]}
    names = _list_names(ids) if ids else {}
    found = [(AgreedRow(*row[:-2]), row.content) for row in rows]
    return [_of_older(row, content, names) if content else row for row, content in found]


def _of_older(row: AgreedRow, content: Mapping[str, Any], names: Mapping[int, str]) -> AgreedRow:
    workers = sorted(names.get(id_, "") for id_ in content["workers"])
    return replace(
        row,
        day=date.fromisoformat(content["day"]),
        workers="; ".join(workers),
        agreed=content["agreed"],
        line=content["schools"][str(row.school_id)],
        minutes=content["minutes"][0],
        school_count=len(content["schools"]),
    )


def _list_names(person_ids: Collection[int]) -> dict[int, str]:
    rows = db.session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {row[0]: row[1] for row in rows}
