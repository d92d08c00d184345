"""How long notices are kept."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.community.models import Notice
from cop_site.keeping import Ends, Kept, delete_from


def _notices(before: datetime) -> sa.Select[Any]:
    return sa.select(Notice.id).where(Notice.shown_until < clock.london_date(before))


KEPT = (
    Kept(
        key="notices",
        what="Notices to the schools of a cluster, and who wrote them",
        why="To look up what schools were told",
        since="after the last day they show",
        ends=Ends.DELETED,
        lasts=timedelta(days=2 * 365),
        bounds=(30, 6 * 365),
        due=_notices,
        end=delete_from(Notice),
        tables=("notice",),
    ),
)
