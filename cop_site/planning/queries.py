"""Reads of drafts: sent to be looked over, and due to be published."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.events.models import Event, EventState
from cop_site.events.tag_queries import sent_by


def list_to_look_over(visible: sa.ColumnElement[bool], limit: int = 5) -> list[Any]:
    """Id, title, start and sender of drafts that were sent; the first sent first."""
    sent = sa.select(Event.id, Event.title, Event.starts_at, sent_by().label("sent_by"))
    sent = sent.where(Event.state == EventState.DRAFT, Event.sent_at.is_not(None), visible)
    return list(db.session.execute(sent.order_by(Event.sent_at, Event.id).limit(limit)))


def list_to_publish() -> list[int]:
    """Drafts whose time to be published has come, the first due first."""
    query = sa.select(Event.id).where(
        Event.state == EventState.DRAFT, Event.publish_at <= clock.now()
    )
    return list(db.session.scalars(query.order_by(Event.publish_at, Event.id)))
