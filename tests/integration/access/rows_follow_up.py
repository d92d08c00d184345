"""Who may call what: what follows a session."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from cop_site.events.models import Option
from tests.integration.access.matrix import (
    FACILITATOR,
    MANAGER,
    SERVICE,
    Row,
    World,
    may,
)

LOOKS_AFTER = (*SERVICE, MANAGER, FACILITATOR)


def _held(world: World) -> dict[str, Any]:
    option = db.session.get_one(Option, world.held.option_id)
    return {"event_id": option.event_id}


def _network(world: World) -> dict[str, Any]:
    return {"event_id": world.network.id}


def _draft(world: World) -> dict[str, Any]:
    return {"event_id": world.draft.id}


def _file(world: World) -> dict[str, Any]:
    return {**_held(world), "ending": "csv"}


ROWS = (
    Row("follow_up.turnout", may(*LOOKS_AFTER), url=_held),
    Row("follow_up.turnout", may(*SERVICE), url=_network),
    Row("follow_up.turnout", may(*SERVICE, otherwise=404), url=_draft),
    Row("follow_up.turnout_file", may(*LOOKS_AFTER), url=_file),
)
