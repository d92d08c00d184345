"""Links by email: signing in without a password, and setting a forgotten one."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts import (
    link_services,
    services,
)
from cop_site.accounts.link_services import LASTS, RUN_OUT, LinkPurpose, make_link
from cop_site.accounts.models import OneTimeLink, SignIn, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.delivery import compose, deliver_due
from cop_site.notifications.models import OutboxMessage
from cop_site.transaction import transaction
from cop_site.web import timing
from tests.conftest import NOON
from tests.factories.people import make_user
from tests.support.client import GatedClient
from tests.support.race import race

SIGN_IN, SET_PASSWORD = LinkPurpose.SIGN_IN, LinkPurpose.SET_PASSWORD
NEW = "quite another sentence"


@pytest.fixture
def user(app: Flask) -> User:
    user = make_user()
    db.session.commit()
    return user


def read_mail() -> str:
    """The one message that waits, as it would go out."""
    row = db.session.scalars(sa.select(OutboxMessage)).one()
    body = compose(row).get_body()
    assert body is not None
    return str(body.get_content())


def find_path(mail: str) -> str:
    found = re.search(r"https?://[^/\s]+(/\S+)", mail)
    assert found is not None
    return found.group(1)


class TestSignInByEmail:
    def test_the_link_signs_in_after_a_button_and_only_once(
        self, client: GatedClient, user: User
    ) -> None:
        answer = client.send("/sign-in/link", email=user.email.upper())
        assert "Check your email" in answer.text
        path = find_path(read_mail())
        assert "Sign in on this device" in client.get(path).text
        assert client.get("/").status_code == 303, "looking at a link signs nobody in"
        assert client.send(path).status_code == 303
        assert client.get("/").status_code == 200
        assert client.send(path).status_code == 410

    def test_signing_in_makes_the_other_links_worthless(
        self, client: GatedClient, user: User
    ) -> None:
        first, second = (make_link(user.id, SIGN_IN, LASTS[SIGN_IN]) for _ in range(2))
        db.session.commit()
        client.send(f"/sign-in/link/{second}")
        assert client.get(f"/sign-in/link/{first}").status_code == 410

    @pytest.mark.parametrize(("minutes", "status"), [(14, 200), (16, 410)])
    def test_it_lasts_fifteen_minutes(
        self,
        client: GatedClient,
        user: User,
        at: Callable[[datetime], None],
        minutes: int,
        status: int,
    ) -> None:
        token = make_link(user.id, SIGN_IN, LASTS[SIGN_IN])
        db.session.commit()
        at(NOON + timedelta(minutes=minutes))
        answer = client.get(f"/sign-in/link/{token}")
        assert answer.status_code == status
        assert ("Send me a new link" in answer.text) == (status == 410)

    def test_a_password_link_signs_nobody_in(self, client: GatedClient, user: User) -> None:
        token = make_link(user.id, SET_PASSWORD, LASTS[SET_PASSWORD])
        db.session.commit()
        assert client.send(f"/sign-in/link/{token}").status_code == 410

    def test_a_disabled_account_stays_out(self, client: GatedClient, user: User) -> None:
        token = make_link(user.id, SIGN_IN, LASTS[SIGN_IN])
        user.disabled_at = clock.now()
        db.session.commit()
        assert client.send(f"/sign-in/link/{token}").status_code == 410

    def test_remembered_for_thirty_days_where_asked(self, client: GatedClient, user: User) -> None:
        token = make_link(user.id, SIGN_IN, LASTS[SIGN_IN])
        db.session.commit()
        client.send(f"/sign-in/link/{token}", remember="y")
        row = db.session.scalars(sa.select(SignIn)).one()
        assert row.expires_at == NOON + timedelta(days=30)


class TestAsking:
    @pytest.mark.parametrize("path", ["/sign-in/link", "/forgot-password"])
    def test_the_words_are_the_same_for_an_unknown_address(
        self, client: GatedClient, user: User, path: str
    ) -> None:
        known = client.send(path, email=user.email).text
        unknown = client.send(path, email="nobody@school.example").text
        assert known.replace(user.email, "") == unknown.replace("nobody@school.example", "")
        assert db.session.query(OutboxMessage).count() == 1

    def test_nobodys_box_is_filled(self, client: GatedClient, user: User) -> None:
        for _ in range(6):
            assert client.send("/sign-in/link", email=user.email).status_code == 200
        assert db.session.query(OutboxMessage).count() == link_services.MOST_IN_A_WHILE

    def test_strangers_who_ask_never_stop_the_real_person_from_asking(
        self, client: GatedClient, user: User
    ) -> None:
        answers = [client.send("/forgot-password", email=user.email) for _ in range(12)]
        assert {answer.status_code for answer in answers} == {200}

    def test_one_network_address_asks_two_hundred_times_at_most(
        self, client: GatedClient, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "GUESSES_PER_ADDRESS", 3)
        answers = [client.send("/sign-in/link", email="no@school.example") for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200] * 3 + [422]
        assert "too many tries" in answers[-1].text

    def test_it_takes_as_long_for_an_unknown_address(self, client: GatedClient, user: User) -> None:
        def took(email: str) -> float:
            began = time.perf_counter()
            client.send("/forgot-password", email=email)
            return time.perf_counter() - began

        known, unknown = took(user.email), took("nobody@school.example")
        assert min(known, unknown) >= timing.LEAST_SECONDS

    def test_asking_for_links_uses_up_no_guess_at_the_password(
        self, client: GatedClient, user: User
    ) -> None:
        for _ in range(11):
            client.send("/sign-in/link", email=user.email)
        answer = client.send("/sign-in", email=user.email, password="wrong password")
        assert "is not right" in answer.text

    def test_the_link_names_the_sites_own_address_whatever_the_host_header(
        self, client: GatedClient, user: User
    ) -> None:
        data = {"csrf_token": client.token(), "email": user.email}
        client.post("/sign-in/link", data=data, headers={"X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in read_mail()

    def test_the_token_is_nowhere_in_the_database_once_the_mail_went(
        self, committed_app: Flask
    ) -> None:
        user = make_user()
        db.session.commit()
        with transaction():
            link_services.send_link(user.email, SIGN_IN)
        token = find_path(read_mail()).rpartition("/")[2]
        assert deliver_due() == 1
        db.session.expire_all()
        row = db.session.scalars(sa.select(OutboxMessage)).one()
        assert token not in str(row.context)
        kept = db.session.scalars(sa.select(OneTimeLink.token_hash)).one()
        assert token not in kept


class TestForgottenPassword:
    def test_the_link_sets_a_new_one_and_ends_every_sign_in(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        stranger = client.application.test_client()
        assert isinstance(stranger, GatedClient)
        stranger.send("/forgot-password", email=user.email)
        path = find_path(read_mail())
        assert stranger.send(path, password=NEW).status_code == 303
        assert client.get("/").status_code == 303
        assert stranger.send("/sign-in", email=user.email, password=NEW).status_code == 303

    def test_setting_one_makes_a_sign_in_link_of_before_worthless(
        self, client: GatedClient, user: User
    ) -> None:
        before = make_link(user.id, SIGN_IN, LASTS[SIGN_IN])
        reset = make_link(user.id, SET_PASSWORD, LASTS[SET_PASSWORD])
        db.session.commit()
        assert client.send(f"/set-password/{reset}", password=NEW).status_code == 303
        assert client.send(f"/sign-in/link/{before}").status_code == 410

    def test_a_sign_in_link_sets_no_password(self, client: GatedClient, user: User) -> None:
        token = make_link(user.id, SIGN_IN, LASTS[SIGN_IN])
        db.session.commit()
        assert client.send(f"/set-password/{token}", password=NEW).status_code == 422


class TestUsedTwiceAtOnce:
    def test_one_gets_in(self, committed_app: Flask) -> None:
        user = make_user()
        token = make_link(user.id, SIGN_IN, LASTS[SIGN_IN])
        db.session.commit()

        def use() -> int:
            with transaction():
                return link_services.use_link(token, SIGN_IN).id

        answers = race(committed_app, [use] * 5)
        refused = [answer for answer in answers if isinstance(answer, DomainError)]
        assert sorted(answers, key=str).count(user.id) == 1
        assert [error.sentence for error in refused] == [RUN_OUT] * 4
