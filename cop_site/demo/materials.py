"""Materials of the demonstration's last network meeting."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.events.models import Event, EventKind
from cop_site.follow_up.models import Material, MaterialKind
from cop_site.toolkit.models import ResourceVersion, VersionState

LINK = ("Slides of the meeting", "https://slides.demo.example/network")


def add_materials() -> None:
    """A link and a resource, on the newest network meeting that is over."""
    event = db.session.scalars(
        sa.select(Event)
        .where(Event.kind == EventKind.SENCO_NETWORK, Event.ends_at < clock.now())
        .order_by(Event.starts_at.desc())
        .limit(1)
    ).one()
    published = ResourceVersion.state == VersionState.PUBLISHED
    resource = db.session.scalars(
        sa.select(ResourceVersion).where(published).order_by(ResourceVersion.id).limit(1)
    ).one()
    title, url = LINK
    later = {"event_id": event.id, "added_at": event.ends_at + timedelta(hours=2)}
    db.session.add_all(
        [
            Material(kind=MaterialKind.LINK, title=title, url=url, **later),
            Material(
                kind=MaterialKind.RESOURCE,
                title=resource.title,
                resource_id=resource.resource_id,
                **later,
            ),
        ]
    )
    db.session.flush()
