"""Events of the world that rows ask about, and who makes events."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from cop_site.events.models import Event
from tests.integration.access.matrix import FACILITATOR, MANAGER, PARTNER, SERVICE, World

# Who makes events: the service all, a manager those of their own group.
MAKERS = (*SERVICE, MANAGER)
# Partners draft; everybody here who is of neither the service nor a school is one.
DRAFTERS = (*MAKERS, FACILITATOR, PARTNER)


def own_draft(world: World) -> None:
    row = db.session.get_one(Event, world.draft.id)
    row.created_by_user_id = world.users[PARTNER].id
    db.session.commit()


def network(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id}


def cluster(world: World) -> dict[str, Any]:
    return {"event_id": world.cluster_event.id}


def draft(world: World) -> dict[str, Any]:
    return {"event_id": world.draft.id}


def cluster_draft(world: World) -> dict[str, Any]:
    return {"event_id": world.cluster_draft.id}
