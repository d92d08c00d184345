"""Reads of the record of changes, as administrators see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, User
from cop_site.audit import CONFIDENTIAL, Change
from cop_site.db import db
from cop_site.reports.audit_things import IDS, KEYED, THINGS, VERBS, name_query
from cop_site.reports.audit_words import say_value, say_words

SIZE = 50
# What a change is about, though it did not change.
IDENTIFYING = frozenset({"role", "kind_key"})
# By thing, and id or key as text.
NamesOfThings = dict[tuple[str, str], str]


@dataclass(frozen=True)
class ChangeFilter:
    """What the record is narrowed to. ``before`` is the id that the last page ended with."""

    thing: str = ""
    thing_id: int | None = None
    who: str = ""
    since: date | None = None
    until: date | None = None
    before: int | None = None

    @property
    def runs_backwards(self) -> bool:
        return bool(self.since and self.until and self.until < self.since)


@dataclass(frozen=True)
class ToldChange:
    """One change. ``by`` "" for a command or a job; ``details``: what, was, is."""

    id: int
    at: datetime
    by: str
    thing: str
    thing_id: int
    label: str
    name: str
    verb: str
    details: tuple[tuple[str, str, str], ...]
    reason: str


def list_changes(chosen: ChangeFilter) -> tuple[list[ToldChange], bool]:
    """The newest 50 that match, and whether there are older ones. Two statements at any size."""
    rows = db.session.execute(
        sa.select(Change, Person.name)
        .outerjoin(User, User.id == Change.by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(*_conditions(chosen))
        .order_by(Change.id.desc())
        .limit(SIZE + 1)
    ).all()
    names = _find_names([row.Change for row in rows[:SIZE]])
    return [_tell(row.Change, row.name, names) for row in rows[:SIZE]], len(rows) > SIZE


def _conditions(chosen: ChangeFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if chosen.thing:
        found.append(Change.thing == chosen.thing)
    if chosen.thing_id is not None:
        found.append(Change.thing_id == chosen.thing_id)
    if chosen.who:
        named = sa.select(User.id).join(Person, Person.id == User.person_id)
        named = named.where(Person.name.icontains(chosen.who, autoescape=True))
        found.append(Change.by_user_id.in_(named))
    if chosen.since:
        found.append(Change.at >= clock.from_london(chosen.since, time()))
    if chosen.until:
        found.append(Change.at < clock.from_london(chosen.until + timedelta(days=1), time()))
    if chosen.before:
        found.append(Change.id < chosen.before)
    return found


def _find_names(changes: Sequence[Change]) -> NamesOfThings:
    """The names of the things that have one, in one statement. What is gone has none any more."""
    ids: dict[str, set[int | str]] = defaultdict(set)
    for change in changes:
        ids[change.thing].add(change.thing_id)
        told = () if change.thing in CONFIDENTIAL else (change.was, change.now)
        for key, value in ((key, value) for values in told for key, value in values.items()):
            if key in IDS:
                ids[IDS[key]].update(_list_ids(key, value))
    arms = [query for thing in sorted(ids) if (query := name_query(thing, ids[thing])) is not None]
    if not arms:
        return {}
    return {(thing, key): name for thing, key, name in db.session.execute(sa.union_all(*arms))}


def _tell(change: Change, by: str | None, names: NamesOfThings) -> ToldChange:
    thing, hidden = change.thing, change.thing in CONFIDENTIAL
    return ToldChange(
        id=change.id,
        at=change.at,
        by=by or "",
        thing=thing,
        thing_id=change.thing_id,
        label=THINGS.get(thing) or say_words(thing),
        name=names.get((thing, str(change.thing_id)), ""),
        verb=VERBS.get(change.verb) or say_words(change.verb),
        details=() if hidden else _details(change.was, change.now, names),
        reason="" if hidden else change.reason,
    )


def _details(
    was: dict[str, Any], now: dict[str, Any], names: NamesOfThings
) -> tuple[tuple[str, str, str], ...]:
    """What differs. Of what stays only whom and what it is about, once."""

    def say(key: str, value: Any) -> str:
        ids = [str(id_) for id_ in _list_ids(key, value)] if key in IDS else []
        named = [names.get((IDS[key], id_), id_) for id_ in ids]
        return ", ".join(named) or say_value(key, value)

    told = []
    for key in dict.fromkeys((*was, *now)):
        before, after = was.get(key), now.get(key)
        if before != after:
            told.append((say_words(key), say(key, before), say(key, after)))
        elif after is not None and (key in IDS or key in IDENTIFYING):
            told.append((say_words(key), "", say(key, after)))
    return tuple(told)


def _list_ids(key: str, value: Any) -> list[int | str]:
    """A number, or those in a list; of what is known by a key, the keys."""
    kind = str if IDS[key] in KEYED else int
    return [one for one in (value if isinstance(value, list) else [value]) if type(one) is kind]
