"""What invitations to events hold about a person."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.events.models import Event
from cop_site.follow_up.models import Invited
from cop_site.held import HeldTable, Subject


def list_held_about(subject: Subject) -> list[HeldTable]:
    rows = db.session.execute(
        sa.select(Event.title, Event.starts_at, Invited.invited_at)
        .join(Event, Event.id == Invited.event_id)
        .where(Invited.person_id.in_(subject.person_ids))
        .order_by(Invited.id)
    )
    return [
        HeldTable(
            "invitations",
            "Events that the service invited you to by email.",
            ("Event", "Starts", "Invited"),
            [tuple(row) for row in rows],
            ("invited.person_id",),
        )
    ]
