"""Reads of one entry, of drafts, and of what waits for somebody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from cop_site import clock
from cop_site.accounts.models import Person, User
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_models import Cluster
from cop_site.support.entry_models import DAYS_TO_COUNTERSIGN, count_days_waited
from cop_site.support.models import (
    Action,
    Entry,
    EntryDraft,
    EntryRevision,
    EntrySchool,
    EntryState,
    EntryStep,
    EntryWorker,
    StepVerb,
    SupportTheme,
)

LONGEST_QUEUE = 20


def get_entry(entry_id: int, visible: sa.ColumnElement[bool]) -> Entry:
    """The entry with all that belongs to it; NotFoundError where ``visible`` hides it."""
    query = (
        sa.select(Entry)
        .where(Entry.id == entry_id, visible)
        .options(
            joinedload(Entry.cluster),
            joinedload(Entry.kind),
            joinedload(Entry.theme),
            selectinload(Entry.schools).joinedload(EntrySchool.school),
            selectinload(Entry.workers).joinedload(EntryWorker.person),
            selectinload(Entry.steps),
            selectinload(Entry.actions).options(
                joinedload(Action.school), joinedload(Action.person)
            ),
        )
        .execution_options(populate_existing=True)
    )
    found = db.session.scalar(query)
    if found is None:
        raise NotFoundError("There is no such entry.")
    return found


def find_entry_by_key(key: str) -> Entry | None:
    """The entry that was made of a form, None while it has not been sent."""
    query = sa.select(Entry).where(Entry.client_key == key)
    return db.session.scalar(query.execution_options(populate_existing=True))


def find_revision(entry_id: int, number: int) -> EntryRevision | None:
    query = sa.select(EntryRevision)
    return db.session.scalar(
        query.where(EntryRevision.entry_id == entry_id, EntryRevision.number == number)
    )


def get_revision(entry_id: int, number: int) -> EntryRevision:
    found = find_revision(entry_id, number)
    if found is None:
        raise NotFoundError("There is no such revision.")
    return found


def list_user_names(user_ids: Collection[int | None]) -> dict[int, str]:
    """The names of the people that these accounts belong to."""
    query = sa.select(User.id, Person.name).join(Person, Person.id == User.person_id)
    rows = db.session.execute(query.where(User.id.in_([id_ for id_ in user_ids if id_])))
    return {row[0]: row[1] for row in rows}


def list_addresses(person_ids: Collection[int]) -> list[tuple[str, str]]:
    """Email address and name of those of these people who can sign in."""
    query = (
        sa.select(User.email, Person.name)
        .join(Person, Person.id == User.person_id)
        .where(User.person_id.in_(person_ids), User.disabled_at.is_(None))
        .order_by(User.id)
    )
    return [(row[0], row[1]) for row in db.session.execute(query)]


# Drafts


def find_draft(key: str, user_id: int) -> EntryDraft | None:
    query = sa.select(EntryDraft).where(EntryDraft.key == key, EntryDraft.user_id == user_id)
    return db.session.scalar(query.execution_options(populate_existing=True))


def get_draft(key: str, user_id: int) -> EntryDraft:
    """Somebody's own draft; NotFoundError for anybody else's, and for one that was sent."""
    draft = find_draft(key, user_id)
    if draft is None:
        raise NotFoundError("There is no such draft.")
    return draft


def _unsent(user_id: int) -> sa.ColumnElement[bool]:
    """Drafts that have not become entries: a late save may come in after the sending."""
    sent = sa.exists().where(Entry.client_key == EntryDraft.key)
    return sa.and_(EntryDraft.user_id == user_id, ~sent)


def list_drafts(user_id: int) -> list[EntryDraft]:
    """Somebody's drafts, newest first."""
    query = sa.select(EntryDraft).where(_unsent(user_id))
    query = query.order_by(EntryDraft.saved_at.desc(), EntryDraft.id.desc())
    return list(db.session.scalars(query.limit(LONGEST_QUEUE)))


# What waits


@dataclass(frozen=True)
class WaitingEntry:
    """An entry to countersign. ``days_left`` of 10 working days; 0 or less is late."""

    entry: Entry
    cluster_name: str
    theme_name: str
    workers: str
    days_waited: int

    @property
    def days_left(self) -> int:
        return DAYS_TO_COUNTERSIGN - self.days_waited


def list_to_countersign(
    cluster_ids: Sequence[int], user_id: int, person_id: int
) -> list[WaitingEntry]:
    """What waits for the EP of these clusters, oldest first, in one statement: all but their
    own words and what they gave as an assistant."""
    query = (
        sa.select(Entry, Cluster.name, SupportTheme.name, _worker_names(), EntryStep)
        .join(Cluster, Cluster.id == Entry.cluster_id)
        .join(SupportTheme, SupportTheme.key == Entry.theme_key)
        .join(EntryStep, EntryStep.entry_id == Entry.id)
        .where(
            Entry.state == EntryState.WAITING,
            Entry.cluster_id.in_(cluster_ids),
            ~_wrote(user_id, person_id),
        )
        .order_by(Entry.first_submitted_at, Entry.id, EntryStep.id)
    )
    return _fold(db.session.execute(query).all())


def _gave(person_id: int, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    own = (EntryWorker.entry_id == Entry.id, EntryWorker.person_id == person_id)
    return sa.exists().where(*own, *conditions)


def _wrote(user_id: int, person_id: int) -> sa.ColumnElement[bool]:
    """True for an Entry that somebody wrote, or gave as an assistant: not theirs to sign."""
    step = sa.orm.aliased(EntryStep)
    sent = (step.entry_id == Entry.id, step.verb == StepVerb.SUBMITTED)
    return sa.or_(
        Entry.created_by_user_id == user_id,
        sa.exists().where(*sent, step.by_user_id == user_id),
        _gave(person_id, EntryWorker.kind_key == "asep"),
    )


def _fold(rows: Sequence[Any]) -> list[WaitingEntry]:
    """A row for each step as one thing an entry, with its clock read."""
    held: dict[int, tuple[Any, list[EntryStep]]] = {}
    for row in rows:
        held.setdefault(row[0].id, (row, []))[1].append(row[4])
    today = clock.today()
    return [
        WaitingEntry(row[0], row[1], row[2], row[3] or "", count_days_waited(steps, today))
        for row, steps in held.values()
    ]


def _worker_names() -> sa.ScalarSelect[str]:
    names = sa.func.aggregate_strings(Person.name, ", ")
    return (
        sa.select(names)
        .select_from(EntryWorker)
        .join(Person, Person.id == EntryWorker.person_id)
        .where(EntryWorker.entry_id == Entry.id)
        .correlate(Entry)
        .scalar_subquery()
    )


@dataclass(frozen=True)
class Unfinished:
    """Something of one's own to finish: an entry that was sent back, or a draft."""

    entry_id: int | None
    draft_key: str | None
    title: str
    at: datetime


def list_unfinished(user_id: int, person_id: int) -> list[Unfinished]:
    """Entries sent back to somebody and their drafts, in one statement, oldest first.

    An EP who was there is not asked to mend what an assistant wrote.
    """
    own = _gave(person_id, EntryWorker.kind_key != "ep")
    sent_at = (
        sa.select(sa.func.max(EntryStep.at)).where(EntryStep.entry_id == Entry.id).scalar_subquery()
    )
    back = (
        sa.select(
            Entry.id.label("entry_id"),
            sa.cast(sa.null(), sa.Text).label("draft_key"),
            Cluster.name.label("title"),
            sent_at.label("at"),
        )
        .join(Cluster, Cluster.id == Entry.cluster_id)
        .where(
            Entry.state == EntryState.SENT_BACK,
            sa.or_(Entry.created_by_user_id == user_id, own),
        )
    )
    drafts = sa.select(
        sa.cast(sa.null(), sa.Integer), EntryDraft.key, sa.literal(""), EntryDraft.saved_at
    ).where(_unsent(user_id))
    union = sa.union_all(back, drafts).order_by("at").limit(LONGEST_QUEUE)
    return [Unfinished(*row) for row in db.session.execute(union)]


def list_steps_with_names(entry: Entry) -> list[tuple[EntryStep, str]]:
    """What happened to an entry and who did it, oldest first."""
    names = list_user_names({step.by_user_id for step in entry.steps})
    return [(step, names.get(step.by_user_id or 0, "")) for step in entry.steps]


def list_actions_of(entry_id: int) -> list[Action]:
    """The actions of an entry, school and person loaded, in the order they were written."""
    query = (
        sa.select(Action)
        .outerjoin(Action.school)
        .outerjoin(Action.person)
        .options(contains_eager(Action.school), contains_eager(Action.person))
        .where(Action.entry_id == entry_id)
        .order_by(Action.id)
    )
    return list(db.session.scalars(query))
