"""A second SENCO is added knowingly: more often the next one should be handed over to."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cop_site.accounts.models import SchoolRole
from cop_site.db import db
from tests.factories.people import make_school_user, role_of
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only

NEW: dict[str, Any] = {"name": "New Senco", "email": "new@oak.example", "role": "senco"}


@pytest.fixture
def role(client: GatedClient) -> SchoolRole:
    """Of the SENCO there is, who is signed in."""
    make_authority()
    school = make_school("Oak")
    user = make_school_user(school, name="The Senco")
    db.session.commit()
    client.sign_in(user)
    return role_of(user, school)


def test_is_asked_about_and_never_refused(client: GatedClient, role: SchoolRole) -> None:
    page, role_id = f"/schools/{role.school_id}/people", role.id
    db.session.commit()
    handing = f"{page}/{role_id}/hand-over"
    assert handing in client.get(f"{page}/add").text
    fields: dict[str, Any] = {**NEW, "starts_on": ["10", "11", "2026"]}
    answer = client.send(f"{page}/add", **fields)
    assert answer.status_code == 422
    assert "The Senco is SENCO then already. Hand over to the next one" in answer.text
    assert 'value="new@oak.example"' in answer.text and handing in answer.text
    for _ in range(2):
        assert client.send(f"{page}/add", **fields, shares="y").location == page


def test_after_the_last_day_of_the_one_there_is_needs_no_word(
    client: GatedClient, role: SchoolRole
) -> None:
    page = f"/schools/{role.school_id}/people"
    role.ends_on = date(2026, 11, 11)
    db.session.commit()
    fields: dict[str, Any] = {**NEW, "starts_on": ["12", "11", "2026"]}
    for _ in range(2):
        assert client.send(f"{page}/add", **fields).location == page
