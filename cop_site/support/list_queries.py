"""Reads of many entries: a page of them, their totals, and what a filter can be set to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School, Term
from cop_site.schools.term_queries import find_periods
from cop_site.support.delivery_models import Delivered
from cop_site.support.models import (
    Action,
    Entry,
    EntrySchool,
    EntryState,
    EntryWorker,
    SupportKind,
    SupportTheme,
)


@dataclass(frozen=True)
class TermChoice:
    """A term and the days of its period, which runs to the day before the next begins."""

    id: int
    name: str
    starts_on: date
    last_day: date | None


@dataclass(frozen=True)
class FilterChoices:
    """What a list can be narrowed to. Terms newest first."""

    clusters: list[tuple[int, str]]
    schools: list[tuple[int, str]]
    terms: list[TermChoice]


@dataclass(frozen=True)
class EntryFilter:
    """What a list is narrowed to; None for everything."""

    cluster_id: int | None = None
    school_id: int | None = None
    term: TermChoice | None = None
    state: EntryState | None = None


@dataclass(frozen=True)
class EntryRow:
    """What a list shows of an entry."""

    id: int
    day: date
    state: EntryState
    contact: int
    preparation: int
    travel: int
    agreed: str
    whole_cluster: bool
    cluster_name: str
    kind_name: str
    theme_name: str
    workers: str
    schools: str
    school_count: int
    open_actions: int

    @property
    def minutes(self) -> int:
        return self.contact + self.preparation + self.travel


def list_choices(visible: sa.ColumnElement[bool]) -> FilterChoices:
    """Clusters and schools with entries that may be seen, and every term; in one statement."""
    seen = sa.select(Entry.id).where(visible)
    clusters = sa.select(
        sa.literal("cluster").label("source"),
        Cluster.id,
        Cluster.name,
        sa.cast(sa.null(), sa.Date).label("starts_on"),
    ).where(Cluster.id.in_(sa.select(Entry.cluster_id).where(visible)))
    schools = sa.select(
        sa.literal("school"), School.id, School.name, sa.cast(sa.null(), sa.Date)
    ).where(School.id.in_(sa.select(EntrySchool.school_id).where(EntrySchool.entry_id.in_(seen))))
    terms = sa.select(sa.literal("term"), Term.id, Term.name, Term.starts_on)
    union = sa.union_all(clusters, schools, terms).order_by("source", "starts_on", "name", "id")
    rows = db.session.execute(union).all()
    of: dict[str, list[Any]] = {"cluster": [], "school": [], "term": []}
    for row in rows:
        of[row.source].append(row)
    return FilterChoices(
        [(row.id, row.name) for row in of["cluster"]],
        [(row.id, row.name) for row in of["school"]],
        _choices(of["term"]),
    )


def _choices(rows: Sequence[Any]) -> list[TermChoice]:
    """Every term with the period that it counts for, newest first."""
    periods = find_periods(rows)
    found = [TermChoice(row.id, row.name, row.starts_on, periods[row.id].ends_on) for row in rows]
    return found[::-1]


def _conditions(
    chosen: EntryFilter, visible: sa.ColumnElement[bool]
) -> Iterator[sa.ColumnElement[bool]]:
    yield visible
    if chosen.state:
        yield Entry.state == chosen.state
    else:
        yield Entry.state != EntryState.VOIDED
    if chosen.cluster_id:
        yield Entry.cluster_id == chosen.cluster_id
    if chosen.school_id:
        named = sa.select(EntrySchool.entry_id).where(EntrySchool.school_id == chosen.school_id)
        yield Entry.id.in_(named)
    if chosen.term:
        yield Entry.day >= chosen.term.starts_on
        if chosen.term.last_day:
            yield Entry.day <= chosen.term.last_day


_MINUTES = (Entry.contact_minutes, Entry.preparation_minutes, Entry.travel_minutes)


def _sum_entries(chosen: EntryFilter, visible: sa.ColumnElement[bool]) -> Delivered:
    sums = (sa.func.coalesce(sa.func.sum(column), 0) for column in _MINUTES)
    query = sa.select(sa.func.count(Entry.id), *sums).where(*_conditions(chosen, visible))
    return Delivered(*(int(value) for value in db.session.execute(query).one()))


def list_page(
    chosen: EntryFilter, visible: sa.ColumnElement[bool], *, page: int, size: int
) -> tuple[list[EntryRow], Delivered]:
    """A page of entries, newest first; how many the filter finds in all, and their minutes.

    One statement, unless the page is past the last one.
    """
    sums = [sa.func.sum(column).over() for column in _MINUTES]
    query = _newest(chosen, visible).add_columns(sa.func.count().over(), *sums)
    rows = db.session.execute(query.limit(size).offset((page - 1) * size)).all()
    if not rows:
        return [], _sum_entries(chosen, visible) if page > 1 else Delivered()
    return [EntryRow(*row[:-4]) for row in rows], Delivered(*(int(sum_) for sum_ in rows[0][-4:]))


def list_entries(chosen: EntryFilter, visible: sa.ColumnElement[bool]) -> list[EntryRow]:
    """All entries that the filter finds, newest first, in one statement."""
    return [EntryRow(*row) for row in db.session.execute(_newest(chosen, visible))]


def _newest(chosen: EntryFilter, visible: sa.ColumnElement[bool]) -> Any:
    query = _rows().where(*_conditions(chosen, visible))
    return query.order_by(Entry.day.desc(), Entry.id.desc())


@cache
def _rows() -> Any:
    return (
        sa.select(
            *(Entry.id, Entry.day, Entry.state, Entry.contact_minutes, Entry.preparation_minutes),
            *(Entry.travel_minutes, Entry.agreed, Entry.whole_cluster),
            *(Cluster.name, SupportKind.name, SupportTheme.name),
            sa.func.coalesce(join_names(Person, EntryWorker, EntryWorker.person_id), ""),
            sa.func.coalesce(join_names(School, EntrySchool, EntrySchool.school_id), ""),
            _count(EntrySchool, sa.true()),
            _count(Action, sa.and_(Action.done_at.is_(None), Action.dropped_at.is_(None))),
        )
        .join(Cluster, Cluster.id == Entry.cluster_id)
        .join(SupportKind, SupportKind.key == Entry.kind_key)
        .join(SupportTheme, SupportTheme.key == Entry.theme_key)
    )


def join_names(of: Any, link: Any, key: Any) -> sa.ScalarSelect[str]:
    """The names an entry is linked to, in order, with "; " between them."""
    names = (
        sa.select(of.name)
        .join(link, key == of.id)
        .where(link.entry_id == Entry.id)
        .order_by(of.name)
        .correlate(Entry)
        .subquery()
    )
    return sa.select(sa.func.aggregate_strings(names.c.name, "; ")).scalar_subquery()


def _count(of: Any, condition: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count()).where(of.entry_id == Entry.id, condition)
    return counted.correlate(Entry).scalar_subquery()
