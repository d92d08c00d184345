"""What the support log holds about a person: what they gave, wrote and have to do."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site.accounts.models import AssignmentKind
from cop_site.db import db
from cop_site.held import HeldTable, Subject
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.support.models import (
    Action,
    Entry,
    EntryDraft,
    EntryRevision,
    EntryStep,
    EntryWorker,
    SupportKind,
    SupportTheme,
)

# Of a draft only what is typed in words; its other fields are numbers of rows.
WORDS = ("agreed", "line_", "what")


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [
        _given(subject),
        _written(subject),
        _steps(subject),
        _actions(subject),
        _drafts(subject),
    ]


def _given(subject: Subject) -> HeldTable:
    """Entries that name them. The words are with who wrote them: they may be about others."""
    rows = db.session.execute(
        sa.select(
            *(Entry.day, Cluster.name, SupportKind.name, SupportTheme.name, AssignmentKind.name),
            *(Entry.contact_minutes, Entry.preparation_minutes, Entry.travel_minutes, Entry.state),
        )
        .select_from(EntryWorker)
        .join(Entry, Entry.id == EntryWorker.entry_id)
        .join(Cluster, Cluster.id == Entry.cluster_id)
        .join(SupportKind, SupportKind.key == Entry.kind_key)
        .join(SupportTheme, SupportTheme.key == Entry.theme_key)
        .join(AssignmentKind, AssignmentKind.key == EntryWorker.kind_key)
        .where(EntryWorker.person_id.in_(subject.person_ids))
        .order_by(Entry.day, Entry.id)
    )
    return HeldTable(
        "support-you-gave",
        "Entries of the support log that name you as having been there.",
        (
            *("Date", "Cluster", "Kind", "Theme", "You were", "Contact minutes"),
            *("Preparation minutes", "Travel minutes", "State"),
        ),
        [(*row[:-1], row.state.label) for row in rows],
        ("entry_worker.person_id",),
    )


def _written(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(EntryRevision, Cluster.name)
        .join(Entry, Entry.id == EntryRevision.entry_id)
        .join(Cluster, Cluster.id == Entry.cluster_id)
        .where(EntryRevision.by_user_id.in_(subject.user_ids))
        .order_by(EntryRevision.id)
    ).all()
    names = _name_schools([row for row, _cluster in rows])
    return HeldTable(
        "support-you-wrote",
        "What you wrote in the support log, each time you sent it.",
        ("Sent", "Cluster", "Entry", "Agreed with all", "Agreed with one school"),
        [
            (row.at, cluster, row.entry_id, row.content.get("agreed", ""), _lines(row, names))
            for row, cluster in rows
        ],
        ("entry_revision.by_user_id", "entry.created_by_user_id"),
        own_words=("Agreed with all", "Agreed with one school"),
    )


def _name_schools(revisions: list[EntryRevision]) -> dict[str, str]:
    ids = {int(id_) for row in revisions for id_ in row.content.get("schools", {})}
    rows = db.session.execute(sa.select(School.id, School.name).where(School.id.in_(ids)))
    return {str(id_): name for id_, name in rows}


def _lines(revision: EntryRevision, names: dict[str, str]) -> str:
    schools: dict[str, Any] = revision.content.get("schools", {})
    said = [f"{names.get(id_, '')}: {line}" for id_, line in schools.items() if line]
    return "\n".join(said)


def _steps(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(EntryStep.at, EntryStep.entry_id, EntryStep.verb, EntryStep.comment)
        .where(EntryStep.by_user_id.in_(subject.user_ids))
        .order_by(EntryStep.id)
    )
    return HeldTable(
        "support-you-decided",
        "What you did with entries: sent, countersigned, sent back, took out.",
        ("When", "Entry", "You", "Your comment"),
        [(at, entry_id, verb.value.replace("_", " "), said) for at, entry_id, verb, said in rows],
        ("entry_step.by_user_id", "entry.countersigned_by_user_id"),
        own_words=("Your comment",),
    )


def _actions(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(Action, Cluster.name, School.name)
        .join(Cluster, Cluster.id == Action.cluster_id)
        .outerjoin(School, School.id == Action.school_id)
        .where(Action.person_id.in_(subject.person_ids))
        .order_by(Action.id)
    )
    return HeldTable(
        "actions",
        "Actions of the support log that are yours to do.",
        ("Action", "Cluster", "School", "Due", "First due", "Done", "Done by", "Dropped", "Why"),
        [
            (
                *(row.what, cluster, school, row.due_on, row.first_due_on, row.done_at),
                *(subject.name_actor(row.done_by_user_id), row.dropped_at, row.drop_reason),
            )
            for row, cluster, school in rows
        ],
        ("action.person_id",),
        own_words=("Action", "Why"),
    )


def _drafts(subject: Subject) -> HeldTable:
    rows = db.session.scalars(
        sa.select(EntryDraft)
        .where(EntryDraft.user_id.in_(subject.user_ids))
        .order_by(EntryDraft.id)
    )
    return HeldTable(
        "support-drafts",
        "Forms of the support log that you have begun and not sent.",
        ("Saved", "What you typed"),
        [(row.saved_at, _typed(row)) for row in rows],
        ("entry_draft.user_id",),
        own_words=("What you typed",),
    )


def _typed(draft: EntryDraft) -> str:
    typed = [
        text
        for name, values in draft.fields.items()
        if any(part in name for part in WORDS)
        for text in values
        if text
    ]
    return "\n".join(typed)
