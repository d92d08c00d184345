"""Append-only record of changes: who, when, was, is, why. Rows of ids; knows no domain."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site import clock
from cop_site.db import Base, db


class Change(Base):
    """One change to one thing. Never updated, never deleted while its thing is kept."""

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
    was: Mapped[dict[str, Any]]
    now: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(default="")


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
