"""How long it is kept who was invited to an event."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site.events.models import Event
from cop_site.follow_up.models import Invited
from cop_site.keeping import Ends, Kept, delete_from


def _due(before: datetime) -> sa.Select[Any]:
    over = sa.select(Event.id).where(Event.ends_at < before)
    return sa.select(Invited.id).where(Invited.event_id.in_(over))


KEPT = (
    Kept(
        key="invited",
        what="Who was invited to an event by email",
        why="So that nobody is invited to it twice",
        since="after the event",
        ends=Ends.DELETED,
        lasts=timedelta(days=30),
        due=_due,
        end=delete_from(Invited),
        tables=("invited",),
    ),
)
