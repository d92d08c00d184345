"""Reads of actions: one, and those still open of a school, a cluster or a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager

from cop_site import clock
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.models import School
from cop_site.support.models import Action, Entry, EntrySchool, EntryState

LONGEST_LIST = 30
# Own actions show on home from so long before they are due.
SOON = timedelta(days=14)


def _actions() -> sa.Select[Action]:
    return (
        sa.select(Action)
        .join(Action.entry)
        .join(Action.cluster)
        .outerjoin(Action.school)
        .outerjoin(Action.person)
        .options(
            contains_eager(Action.entry),
            contains_eager(Action.cluster),
            contains_eager(Action.school),
            contains_eager(Action.person),
        )
    )


def _open() -> sa.ColumnElement[bool]:
    return sa.and_(Action.done_at.is_(None), Action.dropped_at.is_(None))


def get_action(action_id: int) -> Action:
    """The action with entry, cluster, school and person, or NotFoundError."""
    query = _actions().where(Action.id == action_id)
    found = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFoundError("There is no such action.")
    return found


@dataclass(frozen=True)
class ActionList:
    """Actions, first due first, and how many there are in all."""

    rows: list[Action]
    total: int


def _listed(
    *conditions: sa.ColumnElement[bool], page: int = 1, size: int = LONGEST_LIST
) -> ActionList:
    """One statement, unless the page is past the last one."""
    query = _actions().where(*conditions).add_columns(sa.func.count().over())
    query = query.order_by(Action.due_on, Action.id).limit(size).offset((page - 1) * size)
    rows = db.session.execute(query).all()
    if rows or page == 1:
        return ActionList([row[0] for row in rows], rows[0][1] if rows else 0)
    counted = sa.select(sa.func.count(Action.id)).where(*conditions)
    return ActionList([], db.session.scalar(counted) or 0)


def list_open(*conditions: sa.ColumnElement[bool], page: int, size: int) -> ActionList:
    """A page of the open actions that all of these hold for."""
    return _listed(_open(), *conditions, page=page, size=size)


def list_open_of_schools(
    school_ids: Sequence[int], done_since: datetime | None = None
) -> ActionList:
    """Open actions that name one of these schools, whoever does them, first due first.

    With those done since a moment, where one is given: what was just done may be taken back.
    """
    shown = _open() if done_since is None else sa.or_(_open(), Action.done_at >= done_since)
    return _listed(shown, Action.school_id.in_(school_ids))


def list_open_of_cluster(cluster_id: int, school_ids: Sequence[int] | None) -> ActionList:
    """Open actions of a cluster; only those naming ``school_ids`` unless it is None."""
    narrowed = [] if school_ids is None else [Action.school_id.in_(school_ids)]
    return _listed(_open(), Action.cluster_id == cluster_id, *narrowed)


def list_own_due(person_id: int) -> ActionList:
    """What somebody promised to do themselves, overdue or due within a fortnight."""
    return _listed(_open(), Action.person_id == person_id, Action.due_on <= clock.today() + SOON)


@dataclass(frozen=True)
class SchoolLog:
    """A school's last contact and its open actions, of which ``total`` there are."""

    last_contact_on: date | None
    actions: list[Action]
    total: int


def find_school_log(
    school_id: int, visible: sa.ColumnElement[bool], seen_actions: sa.ColumnElement[bool]
) -> SchoolLog:
    """In one statement: when the service last had contact with a school, and what is open."""
    last = sa.select(sa.func.max(Entry.day)).join(EntrySchool, EntrySchool.entry_id == Entry.id)
    last = last.where(
        EntrySchool.school_id == school_id,
        Entry.state != EntryState.VOIDED,
        Entry.contact_minutes > 0,
        visible,
    )
    is_here = sa.and_(Action.school_id == School.id, _open(), seen_actions)
    query = (
        sa.select(last.scalar_subquery(), Action, sa.func.count(Action.id).over())
        .select_from(School)
        .outerjoin(Action, is_here)
        .outerjoin(Action.person)
        .options(contains_eager(Action.person), contains_eager(Action.school))
        .where(School.id == school_id)
        .order_by(Action.due_on, Action.id)
        .limit(LONGEST_LIST)
    )
    rows = db.session.execute(query).all()
    actions = [row[1] for row in rows if row[1]]
    return SchoolLog(rows[0][0] if rows else None, actions, rows[0][2] if rows else 0)
