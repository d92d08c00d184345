"""How long the support log keeps drafts, and the texts of what was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.keeping import Ends, Kept, delete_from
from cop_site.support.draft_services import DRAFTS_KEPT
from cop_site.support.models import (
    Action,
    Entry,
    EntryDraft,
    EntryRevision,
    EntrySchool,
    EntryStep,
)

# What was agreed and what is to be done are never without words: this stands in their place.
GONE = "This text is no longer kept"


def _drafts(before: datetime) -> sa.Select[Any]:
    return sa.select(EntryDraft.id).where(EntryDraft.saved_at < before)


def _entries(before: datetime) -> sa.Select[Any]:
    """Entries of days gone by in which anything still stands, also if it was written since."""
    return sa.select(Entry.id).where(
        Entry.day < clock.london_date(before),
        sa.or_(
            *(Entry.agreed != GONE, Entry.void_reason != ""),
            _has(EntrySchool, EntrySchool.agreed != ""),
            _has(EntryStep, EntryStep.comment != ""),
            _has(Action, sa.or_(Action.what != GONE, Action.drop_reason != "")),
        ),
    )


def _has(row: Any, said: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    return sa.exists().where(row.entry_id == Entry.id, said)


def _remove_texts(ids: Sequence[Any]) -> None:
    """Minutes, days, kinds and states stay: figures are made of them."""
    db.session.execute(
        sa.update(Entry).where(Entry.id.in_(ids)).values(agreed=GONE, void_reason="")
    )
    for row, values in (
        (EntrySchool, {"agreed": ""}),
        (EntryStep, {"comment": ""}),
        (Action, {"what": GONE, "drop_reason": ""}),
    ):
        db.session.execute(sa.update(row).where(row.entry_id.in_(ids)).values(values))
    own = sa.select(EntryRevision).where(EntryRevision.entry_id.in_(ids))
    for revision in db.session.scalars(own.execution_options(populate_existing=True)):
        revision.content = _without_texts(revision.content)


def _without_texts(content: dict[str, Any]) -> dict[str, Any]:
    """Schools read one of these while the entry itself waits to be signed, and keep it."""
    if not content:
        return {}
    return {
        **content,
        "agreed": GONE,
        "schools": dict.fromkeys(content["schools"], ""),
        "actions": [[GONE, *rest] for _what, *rest in content["actions"]],
    }


KEPT = (
    Kept(
        key="support_drafts",
        what="Drafts in the support log",
        why="So that nobody loses what they have typed",
        since="after the last change",
        ends=Ends.DELETED,
        lasts=DRAFTS_KEPT,
        due=_drafts,
        end=delete_from(EntryDraft),
        tables=("entry_draft",),
    ),
    Kept(
        key="support_texts",
        what="What was agreed with a school, with its actions and comments",
        why="So that the school and those who support it can go by it",
        since="after the day of the support",
        ends=Ends.TEXT_REMOVED,
        lasts=timedelta(days=6 * 365),
        bounds=(365, 10 * 365),
        due=_entries,
        end=_remove_texts,
        tables=("entry_revision", "entry_step"),
    ),
)
