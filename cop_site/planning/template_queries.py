"""Reads of the usual texts of events."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.events.models import EventKind
from cop_site.planning.models import EventTemplate


def find_template(kind: EventKind, *, lock: bool = False) -> EventTemplate | None:
    """The usual text of a kind as it is now; None where nobody wrote one."""
    query = sa.select(EventTemplate).where(EventTemplate.kind == kind)
    query = query.execution_options(populate_existing=True)
    return db.session.scalar(query.with_for_update() if lock else query)


def list_templates() -> dict[EventKind, EventTemplate]:
    """Those in which something is written, by kind."""
    written = sa.or_(EventTemplate.title != "", EventTemplate.description != "")
    return {row.kind: row for row in db.session.scalars(sa.select(EventTemplate).where(written))}
