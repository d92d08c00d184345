"""Who may call what: what follows a session."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from cop_site.events.models import Option
from cop_site.follow_up.models import Material, MaterialKind
from tests.conftest import NOON
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


def _link(world: World) -> None:
    event_id = _held(world)["event_id"]
    material = Material(
        event_id=event_id,
        kind=MaterialKind.LINK,
        title="Slides",
        url="https://slides.example/1",
        added_at=NOON,
    )
    db.session.add(material)
    db.session.flush()
    world.more["material"] = material.id
    db.session.commit()


def _material(world: World) -> dict[str, Any]:
    return {**_held(world), "material_id": world.more["material"]}


def _new_link(world: World) -> dict[str, Any]:
    return {"title": "Slides", "url": "https://slides.example/2"}


ROWS = (
    Row("follow_up.turnout", may(*LOOKS_AFTER), url=_held),
    Row("follow_up.turnout", may(*SERVICE), url=_network),
    Row("follow_up.turnout", may(*SERVICE, otherwise=404), url=_draft),
    Row("follow_up.turnout_file", may(*LOOKS_AFTER), url=_file),
    Row("follow_up.materials", may(*LOOKS_AFTER), url=_held),
    Row("follow_up.materials", may(*SERVICE, otherwise=404), url=_draft),
    Row(
        "follow_up.add_link",
        may(*LOOKS_AFTER, status=303),
        method="POST",
        url=_held,
        fields=_new_link,
    ),
    Row("follow_up.add_resource", may(*LOOKS_AFTER, status=422), method="POST", url=_held),
    Row("follow_up.add_file", may(*LOOKS_AFTER, status=422), method="POST", url=_held),
    Row(
        "follow_up.remove_material",
        may(*LOOKS_AFTER, status=303),
        method="POST",
        url=_material,
        prepare=_link,
    ),
    Row("follow_up.back_to_materials", may(*LOOKS_AFTER, status=303), url=_held),
    # A link is no file, for nobody; a draft's files are not known of at all.
    Row("follow_up.material_file", may(otherwise=404), url=_material, prepare=_link),
    Row("follow_up.invite_again", may(*LOOKS_AFTER, status=404), url=_held),
    Row("follow_up.invite", may(*SERVICE), url=_network),
    Row("follow_up.invite", may(*SERVICE, MANAGER), url=_held),
    Row("follow_up.invite", may(*SERVICE, otherwise=404), url=_draft),
    Row("follow_up.invite", may(*SERVICE, status=422), method="POST", url=_network),
    Row("follow_up.send_materials", may(*LOOKS_AFTER), url=_held),
    Row("follow_up.send_materials", may(*LOOKS_AFTER, status=422), method="POST", url=_held),
)
