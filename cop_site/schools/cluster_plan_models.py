"""Plans by which several schools change clusters on one day."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from cop_site.db import Base


class ClusterPlan(Base):
    """Moves that were saved together. Undone as a whole, as long as their day has not come.

    ``moves`` maps a school's id, as text, to the ids of the clusters it leaves and joins, null
    for none, and to its memberships from that day on as they were and as the plan left them.
    """

    id: Mapped[int] = mapped_column(primary_key=True)
    starts_on: Mapped[date]
    moves: Mapped[dict[str, Any]]
    saved_at: Mapped[datetime]
    saved_by_user_id: Mapped[int | None]
    undone_at: Mapped[datetime | None]

    @property
    def routes(self) -> Counter[tuple[int | None, int | None]]:
        """How many schools go from which cluster to which, None for none."""
        return Counter((move["from"], move["to"]) for move in self.moves.values())

    @property
    def knows_what_was(self) -> bool:
        """Plans that were saved before memberships were kept with them can't be taken back."""
        return all("was" in move and "now" in move for move in self.moves.values())
