"""A form sent after the sign-in had ended comes back filled in, to the same person only."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.accounts.services import end_sign_ins
from cop_site.db import db
from cop_site.web.parking import ParkedForm
from tests.factories.people import make_service_user
from tests.factories.schools import make_authority
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only

TYPED: dict[str, Any] = {"title": "Half typed", "venue": "Somewhere", "kind": "cpd"}


@pytest.fixture
def user(app: object) -> User:
    make_authority()
    user = make_service_user(ServiceRoleKind.EP)
    db.session.commit()
    return user


def _end_and_send(client: GatedClient, user: User) -> str:
    """The sign-in ends while the person types; they send, and are asked to sign in."""
    client.sign_in(user)
    client.get("/events/new")
    end_sign_ins(user.id, why="test")
    db.session.commit()
    answer = client.send("/events/new", **TYPED)
    assert answer.status_code == 303
    return answer.location


def _sign_in_again(client: GatedClient, user: User) -> None:
    """As the sign-in view does it, keeping what is parked for its owner."""
    with client.session_transaction() as cookie:
        parked = cookie.get("parked") if cookie.get("owner") == user.id else None
    client.sign_in(user)
    if parked:
        with client.session_transaction() as cookie:
            cookie["parked"] = parked


class TestParkedForm:
    def test_is_shown_again_filled_in_once_and_sends_nothing(
        self, client: GatedClient, user: User
    ) -> None:
        assert _end_and_send(client, user) == "/sign-in?next=/events/new"
        assert "What you typed is kept" in client.get("/sign-in").text
        _sign_in_again(client, user)
        page = client.get("/events/new").text
        assert 'value="Half typed"' in page
        assert "Half typed" not in client.get("/events/new").text
        assert db.session.execute(sa.text("SELECT count(*) FROM event")).scalar() == 0

    def test_is_never_shown_to_somebody_else(self, client: GatedClient, user: User) -> None:
        _end_and_send(client, user)
        other = make_service_user(ServiceRoleKind.EP)
        db.session.commit()
        with client.session_transaction() as cookie:
            parked = cookie["parked"]
        client.sign_in(other)
        with client.session_transaction() as cookie:
            cookie["parked"] = parked
        assert "Half typed" not in client.get("/events/new").text

    def test_only_the_newest_few_are_kept(self, client: GatedClient, user: User) -> None:
        _end_and_send(client, user)
        for number in range(2, 14):
            client.send("/events/new", title=f"Typed {number}")
        titles = [one.fields["title"] for one in db.session.scalars(sa.select(ParkedForm))]
        assert titles == [[f"Typed {number}"] for number in range(4, 14)]

    def test_from_another_site_is_not_kept(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        end_sign_ins(user.id, why="test")
        db.session.commit()
        client.post("/events/new", data={**TYPED, "csrf_token": "forged"})
        assert db.session.scalar(sa.select(sa.func.count(ParkedForm.id))) == 0

    def test_without_a_former_sign_in_is_not_kept(self, client: GatedClient, user: User) -> None:
        client.send("/events/new", **TYPED)
        assert db.session.scalar(sa.select(sa.func.count(ParkedForm.id))) == 0

    def test_keeps_no_password(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        end_sign_ins(user.id, why="test")
        db.session.commit()
        client.send("/events/new", **TYPED, password="secret words", new_password="more")
        parked = db.session.scalars(sa.select(ParkedForm)).one()
        assert not [name for name in parked.fields if "password" in name or "csrf" in name]


class TestNeverParked:
    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("/account/password", {"current": "three plain words", "password": "other words"}),
            ("/account/second-step/off", {"code": "123456"}),
            ("/account/second-step/confirm", {"code": "123456"}),
            ("/account/second-step/recovery-codes", {"code": "123456"}),
            # What somebody answers stands nowhere beside who they are.
            ("/surveys/asked/1?page=1", {"q1": "agree"}),
        ],
    )
    def test_what_nobody_else_may_read_is_kept_nowhere(
        self, client: GatedClient, user: User, path: str, fields: dict[str, Any]
    ) -> None:
        client.sign_in(user)
        client.get("/events/new")
        end_sign_ins(user.id, why="test")
        db.session.commit()
        assert client.send(path, **fields).status_code == 303
        assert db.session.query(ParkedForm).count() == 0
