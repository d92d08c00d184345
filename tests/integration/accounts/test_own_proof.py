"""An open browser alone can't put a second step on somebody's account and lock them out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from cop_site.accounts import passwords
from cop_site.accounts.models import User
from cop_site.accounts.second_step_models import SecondStep
from cop_site.db import db
from tests.conftest import NOON
from tests.factories.people import make_user
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only
PASSWORD = "three plain words"
HASH = passwords.hash_password(PASSWORD)
STEP = "/account/second-step"


def other_browser(client: GatedClient, user: User) -> GatedClient:
    other = client.application.test_client()
    assert isinstance(other, GatedClient)
    other.sign_in(user)
    return other


@pytest.fixture
def user(app: Flask) -> User:
    user = make_user(password_hash=HASH)
    db.session.commit()
    return user


@pytest.fixture
def without_password(app: Flask) -> User:
    user = make_user()
    db.session.commit()
    return user


class TestWithAPassword:
    def test_it_is_asked_for_and_the_page_comes_back_with_what_is_wrong(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        for typed, sentence in (("", "Enter your password"), ("wrong", "not your password now")):
            answer = client.send(f"{STEP}/begin", current=typed)
            assert answer.status_code == 422
            assert sentence in answer.text
        assert db.session.query(SecondStep).count() == 0

    def test_guesses_at_it_are_counted(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        for _ in range(10):
            client.send(f"{STEP}/begin", current="wrong")
        assert "too many tries" in client.send(f"{STEP}/begin", current=PASSWORD).text

    def test_what_the_owner_began_elsewhere_is_not_shown_to_an_open_browser(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        client.send(f"{STEP}/begin", current=PASSWORD)
        assert "letters" in client.get(f"{STEP}/confirm").text
        assert other_browser(client, user).get(f"{STEP}/confirm").status_code == 303

    def test_after_ten_minutes_it_is_asked_for_again(
        self, client: GatedClient, user: User, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(user)
        client.send(f"{STEP}/begin", current=PASSWORD)
        at(NOON + timedelta(minutes=11))
        assert client.get(f"{STEP}/confirm").status_code == 303
        assert client.send(f"{STEP}/confirm", code="123456").status_code == 303


class TestWithoutAPassword:
    def test_a_fresh_sign_in_is_enough(self, client: GatedClient, without_password: User) -> None:
        client.sign_in(without_password)
        assert "Your password" not in client.get(STEP).text
        assert client.send(f"{STEP}/begin").status_code == 303
        assert client.get(f"{STEP}/confirm").status_code == 200

    def test_an_older_one_has_to_sign_in_again_first(
        self, client: GatedClient, without_password: User, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(without_password)
        at(NOON + timedelta(minutes=16))
        assert "Sign in again first" in client.get(STEP).text
        assert client.send(f"{STEP}/begin").status_code == 422
        assert db.session.query(SecondStep).count() == 0

    def test_nor_does_an_old_one_give_the_account_its_first_password(
        self, client: GatedClient, without_password: User, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(without_password)
        at(NOON + timedelta(minutes=16))
        assert "Sign in again first" in client.get("/account/password").text
        answer = client.send("/account/password", password="quite another sentence")
        assert answer.status_code == 422
        assert "Sign out, then sign in again" in answer.text
        db.session.expire_all()
        assert db.session.get_one(User, without_password.id).password_hash is None
