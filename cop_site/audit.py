"""Append-only record of changes: who, when, was, is, why. Rows of ids; knows no domain."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site import clock
from cop_site.db import Base, FreeJson, FreeText, db
from cop_site.keeping import Ends, Kept

# Of these a row stays, without who and why: figures as they were on a day are read from them.
FIGURES_REST_ON = ("register",)
# By being administrator nobody reads what is written in these, only that they changed: each thing
# with the tables of its texts.
CONFIDENTIAL = {
    "action": ("action",),
    "entry": ("entry", "entry_school", "entry_step", "entry_revision", "entry_draft"),
    "notice": ("notice",),
    "survey": ("survey", "answer"),
}


class Change(Base):
    """One change to one thing. Nobody changes or deletes it; only KEPT ends it."""

    __table_args__ = (
        sa.Index("ix_change_thing", "thing", "thing_id", "id"),
        sa.Index("ix_change_by", "by_user_id", "id"),
        sa.Index("ix_change_at", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by_user_id: Mapped[int | None]
    thing: Mapped[str] = mapped_column(sa.String(40))
    thing_id: Mapped[int]
    verb: Mapped[str] = mapped_column(sa.String(40))
    was: Mapped[FreeJson]
    now: Mapped[FreeJson]
    reason: Mapped[FreeText] = mapped_column(default="")


# What happened to one of many things: its id, what was and what is.
Entry = tuple[int, dict[str, Any], dict[str, Any]]


def record(
    thing: str,
    thing_id: int,
    verb: str,
    *,
    by: int | None,
    was: dict[str, Any] | None = None,
    now: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Add a row to the history, in the caller's transaction.

    ``by`` is a user's id, or None for a command or a job. ``was`` and ``now`` hold only what
    changed, as JSON values; dates as ISO text.
    """
    db.session.add(
        Change(
            at=clock.now(),
            by_user_id=by,
            thing=thing,
            thing_id=thing_id,
            verb=verb,
            was=was or {},
            now=now or {},
            reason=reason,
        )
    )


def tell_changed(
    was: dict[str, Any], now: dict[str, Any], texts: Collection[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What differs, as ``record`` takes it. Of ``texts`` only that they changed.

    A text must not outlive, in the history, the thing it was written in.
    """
    changed = [name for name in now if was[name] != now[name]]
    whole = [name for name in changed if name not in texts]
    named = [name for name in changed if name in texts]
    told = {name: now[name] for name in whole} | ({"changed": named} if named else {})
    return {name: was[name] for name in whole}, told


def record_many(
    thing: str,
    verb: str,
    changes: Iterable[Entry],
    *,
    by: int | None,
) -> None:
    """As ``record``, for many things of a kind at once."""
    at = clock.now()
    rows = [
        {
            "at": at,
            "by_user_id": by,
            "thing": thing,
            "thing_id": thing_id,
            "verb": verb,
            "was": was,
            "now": now,
            "reason": "",
        }
        for thing_id, was, now in changes
    ]
    if rows:
        db.session.execute(sa.insert(Change.__table__), rows)  # type: ignore[arg-type]


def list_changes(thing: str, thing_id: int) -> list[Change]:
    """Everything that happened to one thing, oldest first."""
    query = sa.select(Change).where(Change.thing == thing, Change.thing_id == thing_id)
    return list(db.session.scalars(query.order_by(Change.id)))


def find_last(thing: str, thing_id: int) -> int:
    """The number of the last thing that happened to it, 0 where nothing did. It only grows."""
    query = sa.select(sa.func.max(Change.id))
    return db.session.scalar(query.where(Change.thing == thing, Change.thing_id == thing_id)) or 0


def _old(before: datetime) -> sa.Select[Any]:
    is_whole = sa.or_(
        Change.thing.not_in(FIGURES_REST_ON), Change.by_user_id.is_not(None), Change.reason != ""
    )
    return sa.select(Change.id).where(Change.at < before, is_whole)


def _end(ids: Sequence[Any]) -> None:
    own, stays = Change.id.in_(ids), Change.thing.in_(FIGURES_REST_ON)
    db.session.execute(sa.delete(Change).where(own, ~stays))
    db.session.execute(sa.update(Change).where(own, stays).values(by_user_id=None, reason=""))


KEPT = (
    Kept(
        key="changes",
        what="The record of changes: who changed what, when, and why",
        why="To answer for what was done, and to put mistakes right",
        since="after the change",
        ends=Ends.DELETED,
        lasts=timedelta(days=6 * 365),
        bounds=(3 * 365, 10 * 365),
        due=_old,
        end=_end,
        tables=("change",),
    ),
)
