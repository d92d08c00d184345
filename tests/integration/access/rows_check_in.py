"""Who may call what: the code to check in by, and checking in."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.models import Person
from cop_site.attendance.check_in_models import CheckIn
from cop_site.db import db
from cop_site.events.models import Session
from tests.conftest import NOON
from tests.factories.events import make_mark, make_register, session_of
from tests.integration.access.matrix import (
    CLUSTER_STAFF,
    FACILITATOR,
    LEAD,
    SENCO,
    SERVICE,
    SIGNED_IN,
    SUPPORT,
    Row,
    World,
    may,
)

MAY = (*CLUSTER_STAFF, FACILITATOR, SUPPORT, LEAD)
CODE = {"code": "K7M3XT"}


def _held(world: World) -> dict[str, Any]:
    return {"session_id": world.held.id}


def _draft(world: World) -> dict[str, Any]:
    return {"session_id": session_of(world.draft).id}


def _in_use(world: World) -> None:
    db.session.add(CheckIn(session_id=world.held.id, made_at=NOON, made_by_user_id=None, **CODE))
    db.session.commit()


def _is_here(world: World) -> None:
    register = make_register(db.session.get_one(Session, world.held.id), closed=False)
    make_mark(register, db.session.get_one(Person, world.booking.person_id), world.school)
    db.session.commit()


_OF_A_DRAFT = may(otherwise=404) | may(SUPPORT, LEAD, among=SERVICE)

ROWS = (
    Row("attendance.code", may(*MAY), url=_held, prepare=_in_use),
    Row("attendance.code", may(*MAY, status=303), method="POST", url=_held),
    Row("attendance.code", _OF_A_DRAFT, url=_draft),
    Row("attendance.stop_code", may(*MAY, status=303), method="POST", url=_held, prepare=_in_use),
    # Reading does not say whether there is such a code. Only the SENCO has a place.
    Row("check_in.here", may(*SIGNED_IN)),
    Row("check_in.here", may(*SIGNED_IN), url=lambda world: CODE),
    Row("check_in.here", may(*SIGNED_IN, status=422), method="POST", fields=lambda world: CODE),
    Row(
        "check_in.here",
        may(SENCO, status=303, otherwise=422),
        method="POST",
        fields=lambda world: CODE,
        prepare=_in_use,
    ),
    Row("check_in.marked", may(SENCO, otherwise=404), url=_held, prepare=_is_here),
)
