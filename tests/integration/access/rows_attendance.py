"""Who may call what: registers. A manager and the network lead take none by being that."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from cop_site.events.models import Session
from tests.factories.events import make_mark, make_register, session_of
from tests.factories.people import make_person
from tests.integration.access.matrix import (
    CLUSTER_STAFF,
    FACILITATOR,
    LEAD,
    MANAGER,
    SERVICE,
    SUPPORT,
    Row,
    World,
    may,
)

MAY_MERGE = (*CLUSTER_STAFF, SUPPORT, LEAD)
MAY = (*CLUSTER_STAFF, FACILITATOR, SUPPORT, LEAD)


def _held(world: World) -> dict[str, Any]:
    return {"session_id": world.held.id}


def _draft(world: World) -> dict[str, Any]:
    return {"session_id": session_of(world.draft).id}


def _cluster_draft(world: World) -> dict[str, Any]:
    return {"session_id": session_of(world.cluster_draft).id}


def _network(world: World) -> dict[str, Any]:
    return {"session_id": session_of(world.network).id}


def _tap(world: World) -> dict[str, Any]:
    return {
        "tap_id": "tap-00000001",
        "person_id": world.booking.person_id,
        "kind": "in_person",
        "replaces": "not_recorded",
    }


def _walk_in(world: World) -> dict[str, Any]:
    return {
        "tap_id": "door-00000001",
        "name": "Nora New",
        "school_id": world.school.id,
        "role": "teacher",
    }


def _closed(world: World) -> None:
    make_register(db.session.get_one(Session, world.held.id), closed=True)
    db.session.commit()


def _walked_in(world: World) -> None:
    person = make_person("Dora Door")
    register = make_register(db.session.get_one(Session, world.held.id), closed=False)
    make_mark(register, person, world.school, walk_in=True)
    world.more["walk_in"] = person.id
    db.session.commit()


def _mistake(world: World) -> dict[str, Any]:
    return {"session_id": world.held.id, "person_id": world.more["walk_in"]}


# A draft is hidden from those who could not have made it. Of the others some may take it.
_OF_A_DRAFT = may(otherwise=404) | may(SUPPORT, LEAD, among=SERVICE)
_OF_A_CLUSTER_DRAFT = may(otherwise=404) | may(
    *CLUSTER_STAFF, SUPPORT, LEAD, among=(*SERVICE, MANAGER)
)

ROWS = (
    Row("attendance.register", may(*MAY), url=_held),
    Row("attendance.register", may(SUPPORT, LEAD), url=_network),
    Row("attendance.register", _OF_A_DRAFT, url=_draft),
    Row("attendance.register", _OF_A_CLUSTER_DRAFT, url=_cluster_draft),
    Row("attendance.mark", may(*MAY, status=303), method="POST", url=_held, fields=_tap),
    Row("attendance.walk_in", may(*MAY), url=_held),
    Row("attendance.walk_in", may(*MAY, status=303), method="POST", url=_held, fields=_walk_in),
    Row("attendance.remove_walk_in", may(*MAY), url=_mistake, prepare=_walked_in),
    Row(
        "attendance.remove_walk_in",
        may(*MAY, status=303),
        method="POST",
        url=_mistake,
        prepare=_walked_in,
    ),
    Row("attendance.merge", may(*MAY_MERGE), url=_mistake, prepare=_walked_in),
    Row(
        "attendance.merge",
        may(*MAY_MERGE, status=422),
        method="POST",
        url=_mistake,
        prepare=_walked_in,
    ),
    Row(
        "attendance.undo_merge",
        may(*MAY_MERGE, status=303),
        method="POST",
        url=_mistake,
        prepare=_walked_in,
    ),
    Row("attendance.sign_in_sheet", may(*MAY), url=_held),
    Row("attendance.type_up", may(*MAY), url=_held),
    Row(
        "attendance.type_up",
        may(*MAY, status=303),
        method="POST",
        url=_held,
        fields=lambda world: {
            "tap_id": "sheet-00000001",
            f"mark-{world.booking.person_id}": "in_person",
            f"was-{world.booking.person_id}": "not_recorded",
            "step": "save",
        },
    ),
    Row("attendance.meeting_list", may(*MAY), url=_held),
    Row(
        "attendance.take_meeting_list",
        may(*MAY, status=303),
        method="POST",
        url=_held,
        fields=lambda world: {
            "tap_id": "list-00000001",
            "name-0": "Nora New",
            "who-0": f"{world.booking.person_id}:not_recorded",
            "mark-0": "online",
            "step": "save",
        },
    ),
    Row("attendance.close", may(*MAY), url=_held),
    Row("attendance.close", may(*MAY, status=303), method="POST", url=_held),
    Row("attendance.reopen", may(*MAY), url=_held, prepare=_closed),
    Row(
        "attendance.reopen",
        may(*MAY, status=303),
        method="POST",
        url=_held,
        fields=lambda world: {"reason": "Two signed on paper"},
        prepare=_closed,
    ),
)
