"""Somebody of the same name at the same school is asked about: more often it is them."""

from __future__ import annotations

from typing import Any

import pytest

from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.db import db
from cop_site.schools.models import School
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only
FIRST = {"standing": "substantive", "starts_on": ["10", "11", "2026"]}
TYPED: dict[str, Any] = {"name": "sam  Reed", "email": "new@oak.example", **FIRST}


@pytest.fixture
def oak(client: GatedClient) -> School:
    make_authority()
    school = make_school("Oak")
    make_school_user(school, name="Sam Reed")
    client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
    return school


def count_them() -> int:
    return sum(person.name.lower().split()[:1] == ["sam"] for person in db.session.query(Person))


@pytest.mark.parametrize("path", ["/people/invite", "/schools/{}/people/add"])
def test_is_asked_about_at_both_doors(client: GatedClient, oak: School, path: str) -> None:
    path, is_admin_s = path.format(oak.id), path == "/people/invite"
    role = {"role": "school:teacher", "school": "Oak"} if is_admin_s else {"role": "teacher"}
    answer = client.send(path, **{**TYPED, **role})
    assert answer.status_code == 422 and count_them() == 1
    assert "is at Oak already, with another address or none." in answer.text
    them = db.session.query(Person).filter_by(name="Sam Reed").one()
    assert (f'href="/people/{them.id}"' in answer.text) is is_admin_s
    assert str(them.email) in answer.text and 'href="#is_other"' in answer.text
    assert client.send(path, **{**TYPED, **role, "is_other": "y"}).status_code == 303
    assert count_them() == 2


def test_elsewhere_or_under_their_own_address_nothing_is_asked(
    client: GatedClient, oak: School
) -> None:
    elm = make_school("Elm")
    them = db.session.query(Person).filter_by(name="Sam Reed").one()
    db.session.commit()
    own = {**TYPED, "email": them.email, "role": "teacher"}
    assert client.send(f"/schools/{oak.id}/people/add", **own).status_code == 303
    there = {**TYPED, "role": "teacher"}
    assert client.send(f"/schools/{elm.id}/people/add", **there).status_code == 303


def test_an_address_that_somebody_has_leads_to_them(client: GatedClient, oak: School) -> None:
    them = db.session.query(Person).filter_by(name="Sam Reed").one()
    other = make_school_user(oak, name="Other").person_id
    db.session.commit()
    answer = client.send(f"/people/{other}/address", email=str(them.email))
    assert answer.status_code == 422
    assert f'href="/people/{them.id}">Sam Reed</a>' in answer.text
