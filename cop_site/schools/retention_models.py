"""How long the authority keeps things, where it chose, and the runs that end them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base


class RetentionRule(Base):
    """What the authority chose for one kind of thing. A kind without a row is kept as built."""

    __table_args__ = (sa.CheckConstraint("days > 0", name="some_time"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    days: Mapped[int]


class HousekeepingRun(Base):
    """One run over every kind. ``night`` is the London day of the worker's own; None by hand.

    ``seen_at`` is when its worker last showed that it lives. ``ended`` maps a kind's key to how
    many it ended and how many it could not.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    night: Mapped[date | None] = mapped_column(unique=True)
    began_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    ended: Mapped[dict[str, Any]]

    @property
    def failed(self) -> list[str]:
        return [key for key, (_, failed) in self.ended.items() if failed]

    @property
    def total(self) -> int:
        return sum(ended for ended, _ in self.ended.values())
