"""What events hold about a person."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.events.models import Event, Facilitator
from cop_site.held import HeldTable, Subject


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [_events(subject)]


def _events(subject: Subject) -> HeldTable:
    made = sa.select(
        Event.title, Event.starts_at.label("starts_at"), sa.literal("made it").label("part")
    ).where(Event.created_by_user_id.in_(subject.user_ids))
    ran = (
        sa.select(Event.title, Event.starts_at, sa.literal("ran it"))
        .join(Facilitator, Facilitator.event_id == Event.id)
        .where(Facilitator.person_id.in_(subject.person_ids))
    )
    rows = db.session.execute(sa.union_all(made, ran).order_by("starts_at", "part"))
    return HeldTable(
        "events-you-ran",
        "Events that you made or ran.",
        ("Event", "Starts", "You"),
        [tuple(row) for row in rows],
        ("facilitator.person_id", "event.created_by_user_id"),
    )
