"""What must hold of sign-ins and their tokens, line by line, where no other test says it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

import config
from cop_site import clock
from cop_site.accounts import (
    link_services,
    passwords,
    role_services,
)
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import OneTimeLink, SchoolRole, ServiceRoleKind, SignIn, User
from cop_site.db import db
from cop_site.transaction import transaction
from tests.conftest import NOON, Databases, make_app
from tests.factories.acting import acting
from tests.factories.people import make_school_user, make_service_user, make_user
from tests.factories.schools import make_school
from tests.support.client import HTMX, GatedClient

pytestmark = pytest.mark.sqlite_only

PASSWORD = "three plain words"
HASH = passwords.hash_password(PASSWORD)
POLL = {**HTMX, "X-Poll": "1"}


@pytest.fixture
def user(app: Flask) -> User:
    user = make_user(password_hash=HASH)
    db.session.commit()
    return user


def is_in(client: GatedClient) -> bool:
    return client.get("/account").status_code == 200


class TestEndedOnTheServerAtOnce:
    def test_when_the_account_is_closed(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        assert is_in(client)
        user.disabled_at = clock.now()
        db.session.commit()
        assert not is_in(client)

    def test_when_a_role_changes_so_that_a_new_cookie_is_needed(
        self, client: GatedClient, app: Flask
    ) -> None:
        user = make_school_user(make_school())
        admin = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        db.session.commit()
        client.sign_in(user)
        with client.session_transaction() as cookie:
            before = cookie["_user_id"]
        role = db.session.scalars(sa.select(SchoolRole)).one()
        with transaction():
            role_services.end_role(role, clock.today(), by=admin)
        assert not is_in(client)
        client.sign_in(user)
        with client.session_transaction() as cookie:
            assert cookie["_user_id"] != before


class TestFreshCookie:
    def test_signing_in_leaves_nothing_of_the_cookie_before(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        with client.session_transaction() as cookie:
            planted = cookie["_user_id"]
            cookie["planted"] = "before"
        client.send("/sign-in", email=user.email, password=PASSWORD)
        with client.session_transaction() as cookie:
            assert "planted" not in cookie
            assert cookie["_user_id"] != planted
            cookie["_user_id"] = planted
        assert not is_in(client)

    def test_production_binds_it_to_this_host_and_to_https(
        self, databases: Databases, standing_clock: None
    ) -> None:
        production = {
            "COP_ENV": "production",
            "SECRET_KEY": "a secret of our own, long enough",
            "SURVEY_KEY": "another of our own, long enough too",
            "ALLOWED_HOSTS": "cop.example",
            "DATABASE_URL": databases.new(),
        }
        settings = config.load(production)
        app = make_app(settings["SQLALCHEMY_DATABASE_URI"], **settings)
        client = app.test_client()
        with app.app_context():
            email = make_user(password_hash=HASH).email
            db.session.commit()
            page = client.get("/sign-in", base_url="https://cop.example").text
            token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
            answer = client.post(
                "/sign-in",
                base_url="https://cop.example",
                headers={"Referer": "https://cop.example/sign-in"},
                data={"csrf_token": token, "email": email, "password": PASSWORD},
            )
            db.engine.dispose()
        assert answer.status_code == 303
        cookies = {text.split("=")[0]: text for text in answer.headers.getlist("Set-Cookie")}
        assert set(cookies) == {"__Host-cop", "__Host-cop-known"}
        for text in cookies.values():
            parts = set(text.split("; ")[1:])
            assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= parts
            assert "Domain" not in text
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=31536000")


class TestAges:
    def use(
        self,
        client: GatedClient,
        at: Callable[[datetime], None],
        hours: list[float],
        **headers: Any,
    ) -> list[int]:
        answers = []
        for hour in hours:
            at(NOON + timedelta(hours=hour))
            answers.append(client.get("/account", **headers).status_code)
        return answers

    def test_a_day_at_most_however_busy(
        self, client: GatedClient, app: Flask, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(make_school_user(make_school()))
        assert self.use(client, at, [11, 22, 23.9, 24]) == [200, 200, 200, 303]

    def test_remembered_it_lasts_over_a_week_end_and_for_thirty_days(
        self, client: GatedClient, app: Flask, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(make_school_user(make_school()), remember=True)
        days = [3, 10, 29.9, 30]
        assert self.use(client, at, [day * 24 for day in days]) == [200, 200, 200, 303]

    def test_service_staff_are_signed_out_after_an_idle_hour_remembered_or_not(
        self, client: GatedClient, app: Flask, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.EP), remember=True)
        assert self.use(client, at, [0.9, 1.8, 2.9]) == [200, 200, 303]

    def test_a_page_that_polls_keeps_nobody_signed_in(
        self, client: GatedClient, app: Flask, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.EP))
        assert self.use(client, at, [0.3, 0.6, 0.9], headers=POLL) == [200, 200, 200]
        # Nothing instead of the sign-in page: what hangs on a wall stays.
        assert self.use(client, at, [1.1], headers=POLL) == [204]

    def test_but_using_htmx_does(
        self, client: GatedClient, app: Flask, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.EP))
        assert self.use(client, at, [0.6, 1.1], headers=HTMX) == [200, 200]


class TestTokens:
    def test_are_in_no_log(
        self, client: GatedClient, user: User, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        tokens = [
            link_services.make_link(user.id, purpose, timedelta(minutes=15))
            for purpose in LinkPurpose
        ]
        db.session.commit()
        for token in tokens:
            for path in ("/sign-in/link/", "/set-password/", "/invitation/", "/email-address/"):
                client.get(f"{path}{token}")
                client.send(f"{path}{token}", password="short")
        with client.session_transaction() as cookie:
            tokens += [cookie["_user_id"]] if "_user_id" in cookie else []
        assert len(tokens) > len(LinkPurpose)
        assert not any(token in caplog.text for token in tokens)

    @pytest.mark.parametrize("path", ["/sign-in/link/", "/set-password/", "/email-address/"])
    def test_go_to_nobody_by_referrer_and_into_no_cache(
        self, client: GatedClient, user: User, path: str
    ) -> None:
        token = link_services.make_link(user.id, LinkPurpose.SIGN_IN, timedelta(minutes=15))
        db.session.commit()
        answer = client.get(f"{path}{token}")
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cache-Control"] == "no-store"

    def test_are_kept_only_as_hashes(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        with client.session_transaction() as cookie:
            token = cookie["_user_id"]
        link = link_services.make_link(user.id, LinkPurpose.SIGN_IN, timedelta(minutes=15))
        db.session.commit()
        kept = [*db.session.scalars(sa.select(SignIn.token_hash))]
        kept += db.session.scalars(sa.select(OneTimeLink.token_hash))
        assert len(kept) == 2
        assert not {token, link} & set(kept)

    def test_a_link_to_set_a_password_lasts_an_hour(
        self, client: GatedClient, user: User, at: Callable[[datetime], None]
    ) -> None:
        purpose = LinkPurpose.SET_PASSWORD
        token = link_services.make_link(user.id, purpose, link_services.LASTS[purpose])
        db.session.commit()
        at(NOON + timedelta(minutes=61))
        answer = client.send(f"/set-password/{token}", password="quite another sentence")
        assert answer.status_code == 422


class TestPasswordAsTyped:
    @pytest.mark.parametrize(
        "password",
        [
            "  spaces before and after  ",
            "пять синих лодок",
            "tab\tand \u00a0 hard space",
            "emoji 🦔 hedgehog words",
            "128 of them " + "abcdefghijklmnop qrstuvw xyz " * 4,
        ],
        ids=["spaces", "cyrillic", "tab", "emoji", "128"],
    )
    def test_any_character_is_kept_exactly(
        self, client: GatedClient, user: User, password: str
    ) -> None:
        token = link_services.make_link(user.id, LinkPurpose.SET_PASSWORD, timedelta(hours=1))
        db.session.commit()
        assert client.send(f"/set-password/{token}", password=password).status_code == 303
        for typed in (password.strip()[:-1], f"{password} "):
            assert client.send("/sign-in", email=user.email, password=typed).status_code == 422
        assert client.send("/sign-in", email=user.email, password=password).status_code == 303

    @pytest.mark.parametrize("path", ["/sign-in", "/account/password"])
    def test_managers_and_paste_are_welcome_and_it_can_be_shown(
        self, client: GatedClient, user: User, path: str
    ) -> None:
        if path != "/sign-in":
            client.sign_in(user)
        page = client.get(path).text
        assert 'autocomplete="current-password"' in page
        assert 'data-module="govuk-password-input"' in page
        assert "onpaste" not in page and "maxlength" not in page
