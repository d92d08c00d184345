"""My account: the password, and where somebody is signed in."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts import passwords
from cop_site.accounts.models import SchoolRole, ServiceRoleKind, SignIn, Standing, User
from cop_site.db import db
from tests.factories.people import make_school_user, make_service_user, make_user
from tests.factories.schools import make_school
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only

OLD, NEW = "three plain words", "quite another sentence"
HASH = passwords.hash_password(OLD)


@pytest.fixture
def user(app: Flask) -> User:
    user = make_user(password_hash=HASH)
    db.session.commit()
    return user


def other_device(client: GatedClient, user: User) -> GatedClient:
    other = client.application.test_client()
    assert isinstance(other, GatedClient)
    other.sign_in(user)
    return other


def sign_in_of(user: User) -> SignIn:
    """The newest of an account."""
    query = sa.select(SignIn).where(SignIn.user_id == user.id).order_by(SignIn.id.desc()).limit(1)
    return db.session.scalars(query).one()


class TestShow:
    def test_says_who_the_site_thinks_one_is(self, client: GatedClient, app: Flask) -> None:
        user = make_school_user(make_school("Hazel Lane Primary"))
        client.sign_in(user)
        text = client.get("/account").text
        assert user.email in text and "Hazel Lane Primary" in text and "SENCO" in text

    def test_says_that_one_stands_in(self, client: GatedClient, app: Flask) -> None:
        user = make_school_user(make_school())
        role = sa.select(SchoolRole).where(SchoolRole.person_id == user.person_id)
        db.session.scalars(role).one().standing = Standing.ACTING
        db.session.commit()
        client.sign_in(user)
        assert "Acting SENCO" in client.get("/account").text

    def test_names_a_role_in_the_service(self, client: GatedClient, app: Flask) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.ASEP))
        assert "Assistant EP" in client.get("/account").text

    def test_lists_only_sign_ins_that_still_open_the_site(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        other = other_device(client, user)
        assert client.get("/account").text.count("Signed in ") == 2
        other.send("/sign-out")
        assert client.get("/account").text.count("Signed in ") == 1


class TestEndSignIn:
    def test_ends_that_device_and_no_other(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        other = other_device(client, user)
        row = sign_in_of(user)
        assert client.send(f"/account/devices/{row.id}/sign-out").status_code == 303
        assert other.get("/").status_code == 303
        assert client.get("/").status_code == 200

    def test_somebody_elses_is_left_alone(self, client: GatedClient, user: User) -> None:
        stranger = make_user()
        db.session.commit()
        other = other_device(client, stranger)
        row = sign_in_of(stranger)
        client.sign_in(user)
        client.send(f"/account/devices/{row.id}/sign-out")
        assert other.get("/").status_code == 200

    def test_everywhere_else_leaves_only_this_device(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        others = [other_device(client, user) for _ in range(2)]
        assert client.send("/account/devices/sign-out-others").status_code == 303
        assert [other.get("/").status_code for other in others] == [303, 303]
        assert client.get("/").status_code == 200


class TestChangePassword:
    def test_keeps_this_device_and_ends_the_others(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        other = other_device(client, user)
        answer = client.send("/account/password", current=OLD, password=NEW)
        assert answer.status_code == 303
        assert client.get("/").status_code == 200
        assert other.get("/").status_code == 303
        assert other.send("/sign-in", email=user.email, password=OLD).status_code == 422
        assert other.send("/sign-in", email=user.email, password=NEW).status_code == 303

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"current": "not this one", "password": NEW}, "This is not your password now"),
            ({"current": "", "password": NEW}, "Enter your password now"),
            ({"current": OLD, "password": "short"}, "must be 12 characters or more"),
            ({"current": OLD, "password": "password12345"}, "harder to guess"),
        ],
    )
    def test_what_is_wrong_is_said_and_changes_nothing(
        self, client: GatedClient, user: User, fields: dict[str, str], sentence: str
    ) -> None:
        client.sign_in(user)
        answer = client.send("/account/password", htmx=False, **fields)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert db.session.scalar(sa.select(User.password_hash)) == HASH

    def test_the_old_one_can_be_guessed_ten_times_at_most(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        for _ in range(10):
            client.send("/account/password", current="not this one", password=NEW)
        answer = client.send("/account/password", current=OLD, password=NEW)
        assert "too many tries" in answer.text

    def test_somebody_without_one_is_not_asked_for_it(
        self, client: GatedClient, app: Flask
    ) -> None:
        user = make_user()
        db.session.commit()
        client.sign_in(user)
        assert "Your password now" not in client.get("/account/password").text
        assert client.send("/account/password", password=NEW).status_code == 303
