"""Who may call what: a school's own people, and asking to join."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site.accounts.models import SchoolRole, SchoolRoleKind
from cop_site.accounts.queries import hash_token
from cop_site.db import db
from cop_site.people.joining_models import JoinState
from tests.factories.people import make_join_request, make_school_user
from tests.integration.access.matrix import (
    ADMIN,
    EVERYONE,
    OTHER_SENCO,
    SENCO,
    SERVICE,
    Row,
    World,
    may,
)

TOKEN = "a-link-that-was-mailed"
MANAGERS = (SENCO, ADMIN)


def _school(world: World) -> dict[str, Any]:
    return {"school_id": world.school.id}


def _senco_role(world: World) -> dict[str, Any]:
    return {"school_id": world.school.id, "role_id": world.more["role_id"]}


def _request(world: World) -> dict[str, Any]:
    return {"school_id": world.school.id, "request_id": world.more["request_id"]}


def _find_role(world: World) -> None:
    world.more["role_id"] = db.session.scalar(
        sa.select(SchoolRole.id).where(SchoolRole.person_id == world.users[SENCO].person_id)
    )
    db.session.commit()


def _add_newcomer(world: World) -> None:
    """Somebody invited who has not been in."""
    user = make_school_user(world.school, role=SchoolRoleKind.TEACHER, been_in=False)
    db.session.commit()
    world.more["role_id"] = db.session.scalar(
        sa.select(SchoolRole.id).where(SchoolRole.person_id == user.person_id)
    )
    db.session.commit()


def _add_request(world: World, state: JoinState = JoinState.WAITING) -> None:
    row = make_join_request(world.school, state=state, token_hash=hash_token(TOKEN))
    db.session.commit()
    world.more["request_id"] = row.id


def _add_unconfirmed(world: World) -> None:
    _add_request(world, JoinState.UNCONFIRMED)


def _day(name: str) -> dict[str, Any]:
    return {name: ["12", "11", "2026"]}


PERSON = {"name": "Next", "email": "next@school.example", "role": "teacher"}

ROWS = (
    Row("school_people.own", may(SENCO, OTHER_SENCO, status=303)),
    Row("school_people.show", may(*MANAGERS), url=_school),
    Row("school_people.add", may(*MANAGERS), url=_school),
    Row(
        "school_people.add",
        may(*MANAGERS, status=303),
        method="POST",
        url=_school,
        fields=lambda _world: {**PERSON, **_day("starts_on")},
    ),
    Row("school_people.end", may(*MANAGERS), url=_senco_role, prepare=_find_role),
    Row(
        "school_people.end",
        may(*MANAGERS, status=303),
        method="POST",
        url=_senco_role,
        fields=lambda _world: _day("last_day"),
        prepare=_find_role,
    ),
    Row("school_people.correct_first_day", may(*MANAGERS), url=_senco_role, prepare=_find_role),
    Row(
        "school_people.correct_first_day",
        may(*MANAGERS, status=303),
        method="POST",
        url=_senco_role,
        fields=lambda _world: {**_day("first_day"), "reason": "Set up with another"},
        prepare=_find_role,
    ),
    Row("school_people.hand_over", may(*MANAGERS), url=_senco_role, prepare=_find_role),
    Row(
        "school_people.hand_over",
        may(*MANAGERS, status=303),
        method="POST",
        url=_senco_role,
        fields=lambda _world: {**PERSON, "who": "new", **_day("first_day")},
        prepare=_find_role,
    ),
    Row(
        "school_people.invite",
        may(*MANAGERS, status=303),
        method="POST",
        url=_senco_role,
        prepare=_add_newcomer,
    ),
    Row(
        "school_people.confirm",
        may(*MANAGERS, status=303),
        method="POST",
        url=_senco_role,
        prepare=_find_role,
    ),
    Row("school_people.answer", may(*MANAGERS), url=_request, prepare=_add_request),
    Row(
        "school_people.answer",
        may(*MANAGERS, status=303),
        method="POST",
        url=_request,
        fields=lambda _world: {"role": "teacher", **_day("starts_on")},
        prepare=_add_request,
    ),
    Row("school_people.decline", may(*MANAGERS), url=_request, prepare=_add_request),
    Row(
        "school_people.decline",
        may(*MANAGERS, status=303),
        method="POST",
        url=_request,
        prepare=_add_request,
    ),
    Row("school_people.requests", may(ADMIN)),
    Row("school_people.without_senco", may(*SERVICE, ADMIN)),
    Row("joining.ask", may(*EVERYONE)),
    Row("joining.details", may(*EVERYONE), url=_school),
    Row(
        "joining.details",
        may(*EVERYONE, status=303),
        method="POST",
        url=_school,
        fields=lambda _world: PERSON,
    ),
    Row("joining.sent", may(*EVERYONE)),
    Row(
        "joining.confirm",
        may(*EVERYONE),
        url=lambda _world: {"token": TOKEN},
        prepare=_add_unconfirmed,
    ),
    Row(
        "joining.confirm",
        may(*EVERYONE),
        method="POST",
        url=lambda _world: {"token": TOKEN},
        prepare=_add_unconfirmed,
    ),
)
