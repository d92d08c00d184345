"""Who may call what: invitations, people and what administrators do with them."""

from __future__ import annotations

from typing import Any

from cop_site.accounts.models import PartnerService, SchoolRole
from cop_site.db import db
from tests.factories.people import give_school_role, make_person, make_school_user
from tests.integration.access.matrix import (
    ADMIN,
    EVERYONE,
    OTHER_SENCO,
    SENCO,
    Row,
    World,
    may,
)

DAY = ["1", "12", "2026"]


def _unknown(_world: World) -> dict[str, Any]:
    return {"token": "unknown"}


def _person(world: World) -> dict[str, Any]:
    return {"person_id": world.users[OTHER_SENCO].person_id}


def _role(world: World) -> dict[str, Any]:
    row = db.session.query(SchoolRole).filter_by(**_person(world)).one()
    return {**_person(world), "source": "school", "role_id": row.id}


def _newcomer(world: World) -> None:
    person = make_person()
    give_school_role(person, world.school)
    world.more["newcomer"] = person.id
    db.session.commit()


def _act(world: World) -> dict[str, Any]:
    return {"person_id": world.more["newcomer"], "what": "invite"}


def _partner(world: World) -> None:
    row = PartnerService(name="Virtual School")
    db.session.add(row)
    db.session.commit()
    world.more["partner"] = row.id


def _partner_id(world: World) -> dict[str, Any]:
    return {"partner_id": world.more["partner"]}


def _newcomer_fields(_world: World) -> dict[str, Any]:
    return {"name": "Nora", "email": "nora@s.example", "role": "service:ep", "starts_on": DAY}


def _list(_world: World) -> dict[str, Any]:
    return {"step": "invite", "good": "Nora,nora@s.example,teacher", "starts_on": DAY}


def _service_list(_world: World) -> dict[str, Any]:
    return {"step": "invite", "good": "Nora,nora@s.example,EP", "starts_on": DAY}


def _sure(_world: World) -> dict[str, Any]:
    return {"sure": "y"}


def _school(world: World) -> dict[str, Any]:
    return {"school_id": world.school.id}


def _with_manager(world: World) -> None:
    """Somebody who has been in looks after the school, so nobody stands in."""
    make_school_user(world.school)
    db.session.commit()


POST = "POST"
ROWS = (
    # A good one is used up by its first reader: test_invitations.py.
    Row("accounts.accept_invitation", may(*EVERYONE, status=410), url=_unknown),
    Row("accounts.accept_invitation", may(*EVERYONE, status=410), method=POST, url=_unknown),
    Row("accounts.back_to_invitation", may(*EVERYONE, status=410), url=_unknown),
    Row("accounts.renew_invitation", may(*EVERYONE), method=POST, url=_unknown),
    Row("people.browse", may(ADMIN)),
    Row("people.export", may(ADMIN)),
    Row("people.show", may(ADMIN), url=_person),
    Row("people.invite", may(ADMIN)),
    Row("people.invite", may(ADMIN, status=303), method=POST, fields=_newcomer_fields),
    Row("people.add_role", may(ADMIN), url=_person),
    Row(
        "people.add_role",
        may(ADMIN, status=303),
        method=POST,
        url=_person,
        fields=lambda _world: {"role": "service:ep", "starts_on": DAY},
    ),
    Row("people.end_role", may(ADMIN), url=_role),
    Row(
        "people.end_role",
        may(ADMIN, status=303),
        method=POST,
        url=_role,
        fields=lambda _world: {"last_day": DAY},
    ),
    Row("people.correct_first_day", may(ADMIN), url=_role),
    Row(
        "people.correct_first_day",
        may(ADMIN, status=303),
        method=POST,
        url=_role,
        fields=lambda _world: {"first_day": DAY, "reason": "Set up with another"},
    ),
    Row("people.erase", may(ADMIN), url=_person),
    Row("people.erase", may(ADMIN, status=303), method=POST, url=_person, fields=_sure),
    Row("people.rename", may(ADMIN), url=_person),
    Row(
        "people.rename",
        may(ADMIN, status=303),
        method=POST,
        url=_person,
        fields=lambda _world: {"name": "Another"},
    ),
    Row("people.correct_address", may(ADMIN), url=_person),
    Row(
        "people.correct_address",
        may(ADMIN, status=303),
        method=POST,
        url=_person,
        fields=lambda _world: {"email": "another@s.example"},
    ),
    Row("people.change_account", may(ADMIN), url=_act, prepare=_newcomer),
    Row("people.change_account", may(ADMIN, status=303), method=POST, url=_act, prepare=_newcomer),
    Row("people.partners", may(ADMIN)),
    Row(
        "people.partners",
        may(ADMIN, status=303),
        method=POST,
        fields=lambda _world: {"name": "Virtual School"},
    ),
    Row("people.rename_partner", may(ADMIN), url=_partner_id, prepare=_partner),
    Row(
        "people.rename_partner",
        may(ADMIN, status=303),
        method=POST,
        url=_partner_id,
        fields=lambda _world: {"name": "Another"},
        prepare=_partner,
    ),
    Row("people.invite_list", may(ADMIN)),
    Row("people.invite_list", may(ADMIN, status=303), method=POST, fields=_service_list),
    Row("school_lists.invite_school_list", may(SENCO, ADMIN), url=_school, prepare=_with_manager),
    Row(
        "school_lists.invite_school_list",
        may(SENCO, ADMIN, status=303),
        method=POST,
        url=_school,
        fields=_list,
        prepare=_with_manager,
    ),
)
