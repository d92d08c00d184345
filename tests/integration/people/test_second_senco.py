"""A second SENCO is added knowingly: more often the next one should be handed over to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from cop_site.accounts.models import SchoolRole, SchoolRoleKind, ServiceRoleKind
from cop_site.db import db
from cop_site.schools.models import School
from tests.factories.people import (
    give_school_role,
    make_join_request,
    make_person,
    make_school_user,
    make_service_user,
    make_user,
    role_of,
)
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only

NEW: dict[str, Any] = {"name": "New Senco", "email": "new@oak.example"}
TODAY, LATER = ["10", "11", "2026"], ["12", "11", "2026"]


@pytest.fixture
def role(client: GatedClient) -> SchoolRole:
    """Of the SENCO there is. An administrator is signed in, who may use every door."""
    make_authority()
    school = make_school("Oak")
    user = make_school_user(school, name="The Senco")
    client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
    return role_of(user, school)


def school_of(role: SchoolRole) -> School:
    return db.session.get_one(School, role.school_id)


def count_sencos(role: SchoolRole) -> int:
    return db.session.query(SchoolRole).filter_by(school_id=role.school_id, role="senco").count()


def _add(role: SchoolRole) -> tuple[str, dict[str, Any]]:
    return f"/schools/{role.school_id}/people/add", {**NEW, "role": "senco"}


def _let_in(role: SchoolRole) -> tuple[str, dict[str, Any]]:
    asked = make_join_request(school_of(role), role=SchoolRoleKind.SENCO)
    return f"/schools/{role.school_id}/people/requests/{asked.id}", {"role": "senco"}


def _add_role(_role: SchoolRole) -> tuple[str, dict[str, Any]]:
    fields = {"role": "school:senco", "school": "Oak"}
    return f"/people/{make_user().person_id}/roles/add", fields


def _invite(_role: SchoolRole) -> tuple[str, dict[str, Any]]:
    return "/people/invite", {**NEW, "role": "school:senco", "school": "Oak"}


@pytest.mark.parametrize("door", [_add, _let_in, _add_role, _invite])
def test_is_asked_about_at_every_door_and_never_refused(
    client: GatedClient, role: SchoolRole, door: Callable[[SchoolRole], tuple[str, dict[str, Any]]]
) -> None:
    path, fields = door(role)
    fields |= {"standing": "interim", "starts_on": LATER}
    db.session.commit()
    answer = client.send(path, **fields)
    assert answer.status_code == 422
    assert "The Senco is already SENCO on that day. Hand over to the new" in answer.text
    assert f"/schools/{role.school_id}/people/{role.id}/hand-over" in answer.text
    assert 'value="interim" checked' in answer.text and 'value="12"' in answer.text
    assert count_sencos(role) == 1
    fields["shares"] = "y"
    unread = client.send(path, **{**fields, "starts_on": ["x", "", ""]}).text
    assert 'name="shares" type="checkbox" value="y" checked' in unread
    assert client.send(path, **fields).status_code == 303
    assert count_sencos(role) == 2


def test_is_said_ahead_where_the_school_is_known(client: GatedClient, role: SchoolRole) -> None:
    for door in (_add, _let_in):
        path, _fields = door(role)
        db.session.commit()
        assert "The Senco is SENCO here. Is somebody taking over?" in client.get(path).text


def test_is_asked_of_who_asks_to_join_only_once_senco_is_chosen(
    client: GatedClient, role: SchoolRole
) -> None:
    asked = make_join_request(school_of(role))
    db.session.commit()
    path = f"/schools/{role.school_id}/people/requests/{asked.id}"
    page = client.get(path).text
    assert "Is somebody taking over?" not in page and 'name="standing"' not in page
    answer = client.send(path, role="senco", starts_on=LATER)
    assert answer.status_code == 422 and count_sencos(role) == 1
    assert "Is somebody taking over?" in answer.text and 'value="12"' in answer.text
    assert "Say whether they are in post, acting or interim" in answer.text
    assert client.send(path, role="teacher", starts_on=LATER).status_code == 303


def test_after_the_last_day_of_the_one_there_is_needs_no_word(
    client: GatedClient, role: SchoolRole
) -> None:
    path, fields = _add(role)
    role.ends_on = date(2026, 11, 11)
    db.session.commit()
    for _ in range(2):
        assert client.send(path, **fields, starts_on=LATER).status_code == 303


def test_one_who_is_to_come_counts_from_their_first_day(
    client: GatedClient, role: SchoolRole
) -> None:
    path, fields = _add(role)
    role.ends_on = date(2026, 11, 11)
    give_school_role(make_person("Next"), school_of(role), starts_on=date(2026, 11, 12))
    db.session.commit()
    page = client.send(path, **fields, starts_on=LATER).text
    assert "Next is already SENCO on that day" in page
    assert "Next will be SENCO here from 12 November 2026. Is" in page


@pytest.mark.parametrize("door", [_add, _let_in, _add_role, _invite])
def test_one_who_begins_later_is_asked_about_too(
    client: GatedClient, role: SchoolRole, door: Callable[[SchoolRole], tuple[str, dict[str, Any]]]
) -> None:
    path, fields = door(role)
    role.starts_on = date(2026, 11, 30)
    db.session.commit()
    answer = client.send(path, **fields, standing="substantive", starts_on=TODAY)
    assert answer.status_code == 422
    assert "The Senco is to be SENCO from 30 November 2026. Hand over" in answer.text


@pytest.mark.parametrize("role_key", [SchoolRoleKind.TEACHER, SchoolRoleKind.OFFICE])
def test_another_role_needs_no_word(
    client: GatedClient, role: SchoolRole, role_key: SchoolRoleKind
) -> None:
    path, fields = _add(role)
    answer = client.send(path, **{**fields, "role": role_key.value, "starts_on": TODAY})
    assert answer.status_code == 303
