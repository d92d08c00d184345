"""Reads of what somebody attended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site.accounts.models import Person
from cop_site.attendance.models import Mark, MarkKind, MarkSchool, Register
from cop_site.db import db
from cop_site.events.models import Event, EventState, Option, Session
from cop_site.events.tag_models import EventTag, EventTagValue, TagFacet
from cop_site.records.cpd_models import Came, Line, Record, Waiting, list_words, make_line
from cop_site.schools.models import School

PERSON_ID: Any = sa.bindparam("person_id")


def own_people() -> sa.CTE:
    """The ids of ``person_id`` and of everybody merged into them."""
    own = sa.select(Person.id).where(Person.id == PERSON_ID).cte("own", recursive=True)
    merged = aliased(Person)
    return own.union(sa.select(merged.id).join(own, merged.merged_into_id == own.c.id))


def load_record(person_id: int) -> Record:
    """All they attended at published events, in one statement."""
    rows = db.session.execute(_attended(), {"person_id": person_id})
    events = _by_event(rows)
    lines = [line for parts in events.values() if (line := _read_line(parts))]
    waiting = [
        Waiting(parts[0].event_id, parts[0].title, came)
        for parts in events.values()
        for came in _read_came(parts)
        if not came.is_closed
    ]
    return Record(
        tuple(sorted(lines, key=lambda line: (line.starts_at, line.event_id), reverse=True)),
        tuple(sorted(waiting, key=lambda one: (one.came.starts_at, one.came.session_id))),
    )


def list_came(person_id: int, event_id: int) -> list[Came]:
    """Marks that say they attended a date of the event, also on open registers."""
    rows = _rows_of(person_id, event_id)
    return _read_came(rows) if rows else []


def find_line(person_id: int, event_id: int) -> Line | None:
    """The line of their record for one event, None where nothing counts yet."""
    rows = _rows_of(person_id, event_id)
    return _read_line(rows) if rows else None


@dataclass(frozen=True)
class WhoCame:
    """Somebody whom a closed register says attended, merges followed."""

    person_id: int
    name: str
    schools: str


def list_people_who_came(event_id: int) -> list[WhoCame]:
    """Each once, by name; one statement."""
    known = aliased(Person)
    name = sa.func.coalesce(known.name, Person.name)
    columns = (sa.func.coalesce(known.id, Person.id), name, School.name)
    rows = db.session.execute(
        _of_marks(*columns)
        .join(Person, Person.id == Mark.person_id)
        .outerjoin(known, known.id == Person.merged_into_id)
        .where(
            Event.id == event_id,
            Register.closed_at.is_not(None),
            sa.func.coalesce(known.erased_at, Person.erased_at).is_(None),
        )
        .order_by(sa.func.lower(name), Person.id, School.name)
    )
    found: dict[tuple[int, str], dict[str, None]] = {}
    for person_id, written, school in rows:
        found.setdefault((person_id, written), {}).update({school: None} if school else {})
    return [WhoCame(*who, list_words(schools)) for who, schools in found.items()]


def _rows_of(person_id: int, event_id: int) -> list[Any]:
    query = _attended().where(Event.id == event_id)
    return list(db.session.execute(query, {"person_id": person_id}))


def _by_event(rows: Iterable[Any]) -> dict[int, list[Any]]:
    events: dict[int, list[Any]] = {}
    for row in rows:
        events.setdefault(row.event_id, []).append(row)
    return events


def _read_line(rows: list[Any]) -> Line | None:
    first = rows[0]
    pairs = (line.split(":", 1) for line in (first.levels or "").split("\n") if line)
    levels = [name for _place, name in sorted(pairs, key=lambda pair: int(pair[0]))]
    return make_line(first.event_id, first.title, first.kind, levels, _read_came(rows))


def _read_came(rows: list[Any]) -> list[Came]:
    """One for each mark; its row is repeated for each school."""
    marks: dict[int, list[Any]] = {}
    for row in rows:
        marks.setdefault(row.mark_id, []).append(row)
    return [
        Came(
            session_id=same[0].session_id,
            starts_at=same[0].starts_at,
            ends_at=same[0].ends_at,
            turn=same[0].turn,
            kind_key=same[0].kind_key,
            is_closed=same[0].closed_at is not None,
            schools=tuple(row.school for row in same if row.school),
        )
        for same in marks.values()
    ]


@cache
def _attended() -> sa.Select[Any]:
    """A row for each school on each mark of theirs that says attended."""
    columns: tuple[Any, ...] = (
        *(Event.id.label("event_id"), Event.title, Event.kind, _levels().label("levels")),
        *(Mark.id.label("mark_id"), Mark.kind_key, Register.closed_at),
        *(Session.id.label("session_id"), Session.starts_at, Session.ends_at),
        *(_turn().label("turn"), School.name.label("school")),
    )
    is_own = Mark.person_id.in_(sa.select(own_people().c.id))
    in_order = (Session.starts_at, Session.id, Mark.id, MarkSchool.id)
    return _of_marks(*columns).where(is_own).order_by(*in_order)


def _of_marks(*columns: Any) -> sa.Select[Any]:
    """Marks that say attended at published events, a row for each school."""
    return (
        sa.select(*columns)
        .select_from(Mark)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .join(Register, Register.id == Mark.register_id)
        .join(Session, Session.id == Register.session_id)
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
        .outerjoin(MarkSchool, MarkSchool.mark_id == Mark.id)
        .outerjoin(School, School.id == MarkSchool.school_id)
        .where(Mark.voided_at.is_(None), MarkKind.attended, Event.state == EventState.PUBLISHED)
    )


def _turn() -> sa.ScalarSelect[int]:
    """How many dates of the same option are before the one around."""
    other = aliased(Session)
    is_before = sa.or_(
        other.starts_at < Session.starts_at,
        sa.and_(other.starts_at == Session.starts_at, other.id < Session.id),
    )
    count = sa.select(sa.func.count()).select_from(other)
    same = other.option_id == Session.option_id
    return count.where(same, is_before).correlate(Session).scalar_subquery()


def _levels() -> sa.ScalarSelect[str]:
    """Place and name of each level that the event around has, a line for each."""
    line = sa.cast(EventTagValue.position, sa.Text).concat(":").concat(EventTagValue.name)
    lines = sa.select(sa.func.aggregate_strings(line, "\n"))
    lines = lines.join(EventTag, EventTag.tag_key == EventTagValue.key)
    own = EventTag.event_id == Event.id
    return (
        lines.where(own, EventTagValue.facet == TagFacet.LEVEL).correlate(Event).scalar_subquery()
    )
