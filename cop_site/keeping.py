"""How long each kind of thing is kept, and what then happens. Each domain says its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db

A_YEAR = 365


class Ends(StrEnum):
    """What happens to a thing once its time is over."""

    DELETED = "deleted"
    ANONYMISED = "made anonymous, and the numbers stay"
    TEXT_REMOVED = "the text is removed, and the numbers stay"


@dataclass(frozen=True)
class Kept:
    """A kind of thing. Its time is ``lasts``, ``since`` something happened to it.

    An authority may choose from the shortest to the longest number of days in ``bounds``; without
    them nobody may. ``due`` asks for the ids of what that happened to before a moment and is not
    ended yet; ``end`` ends some of them, after which they are due no more. They end in lots, locked
    together; or, where ``is_still_due`` is given, each alone in a transaction of its own: it locks
    one, in the order of the house, and asks again. ``tables`` are those in which it names somebody.
    """

    key: str
    what: str
    why: str
    since: str
    ends: Ends
    lasts: timedelta
    due: Callable[[datetime], sa.Select[Any]]
    end: Callable[[Sequence[Any]], object]
    tables: tuple[str, ...]
    bounds: tuple[int, int] | None = None
    is_still_due: Callable[[Any, datetime], bool] | None = None
    at_once: int = 500

    def lasts_now(self, days: Mapping[str, int]) -> timedelta:
        """What the authority chose, else what holds unless it chooses."""
        return timedelta(days=days[self.key]) if self.key in days else self.lasts

    def count_due(self, lasts: timedelta) -> int:
        """How much would end now, if it were kept so long."""
        due = self.due(clock.now() - lasts).subquery()
        return db.session.scalar(sa.select(sa.func.count()).select_from(due)) or 0

    def end_some(self, lasts: timedelta, after: Any = None) -> list[Any]:
        """End the next few, by their ids; none are left where the list is empty.

        What somebody holds at this moment is left for the next time.
        """
        due = self._next_due(lasts, after).with_for_update(skip_locked=True)
        ids = list(db.session.scalars(due))
        if ids:
            self.end(ids)
            db.session.flush()
        return ids

    def list_due(self, lasts: timedelta, after: Any = None) -> list[Any]:
        """The ids of the next few, each to be ended alone."""
        return list(db.session.scalars(self._next_due(lasts, after)))

    def end_one(self, id_: Any, lasts: timedelta) -> bool:
        """False where it is due no more."""
        if self.is_still_due is None or not self.is_still_due(id_, clock.now() - lasts):
            return False
        self.end([id_])
        db.session.flush()
        return True

    def _next_due(self, lasts: timedelta, after: Any) -> sa.Select[Any]:
        due = self.due(clock.now() - lasts)
        (id_,) = due.selected_columns
        if after is not None:
            due = due.where(id_ > after)
        return due.order_by(id_).limit(self.at_once)


def delete_from(table: Any) -> Callable[[Sequence[Any]], object]:
    """What ends things by deleting their rows."""
    return lambda ids: db.session.execute(sa.delete(table).where(table.id.in_(ids)))


def say_time(lasts: timedelta) -> str:
    """Like "2 hours", "90 days" or "6 years"."""
    if lasts.days and lasts.days % A_YEAR == 0:
        return _say(lasts.days // A_YEAR, "year")
    return _say(lasts.days, "day") if lasts.days else _say(lasts.seconds // 3600, "hour")


def _say(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
