"""The second step: set up, asked for, used once, done without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

import config
from cop_site import clock
from cop_site.accounts import (
    passwords,
    second_step_services,
)
from cop_site.accounts.link_services import LASTS, LinkPurpose, make_link
from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.accounts.second_step_models import RecoveryCode, SecondStep
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import make_person, make_school_user, make_service_user, make_user
from tests.factories.schools import make_school
from tests.support.client import GatedClient
from tests.support.race import race

PASSWORD = "three plain words"
HASH = passwords.hash_password(PASSWORD)
HALF_A_MINUTE = timedelta(seconds=30)


@pytest.fixture
def user(app: Flask) -> User:
    user = make_user(password_hash=HASH)
    db.session.commit()
    return user


@pytest.fixture
def insisting(app: Flask) -> Iterator[Flask]:
    """The site as it is in production: no second step, no entry."""
    app.config["SECOND_STEP"] = "required"
    yield app
    app.config["SECOND_STEP"] = "off"


def set_up(client: GatedClient) -> tuple[pyotp.TOTP, list[str]]:
    """Turn it on through the pages: the app's secret and the recovery codes."""
    client.send("/account/second-step/begin", current=PASSWORD)
    page = client.get("/account/second-step/confirm").text
    found = re.search(r'class="letters">([A-Z2-7 ]+)<', page)
    assert found is not None
    totp = pyotp.TOTP(found.group(1).replace(" ", ""))
    answer = client.send("/account/second-step/confirm", code=totp.at(clock.now()))
    codes = re.findall(r'class="letters">([a-z2-9-]+)<', answer.text)
    return totp, codes


def give_password(client: GatedClient, user: User, target: str = "") -> Any:
    address = f"/sign-in?next={target}" if target else "/sign-in"
    return client.send(address, email=user.email, password=PASSWORD)


class TestSetUp:
    def test_turns_on_with_a_first_code_and_shows_ten_recovery_codes(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        _totp, codes = set_up(client)
        assert len(codes) == 10
        assert "It is on" in client.get("/account/second-step").text
        kept = set(db.session.scalars(sa.select(RecoveryCode.code_hash)))
        assert len(kept) == 10 and not kept & set(codes)

    def test_a_wrong_first_code_turns_nothing_on(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        client.send("/account/second-step/begin", current=PASSWORD)
        answer = client.send("/account/second-step/confirm", code="000000")
        assert answer.status_code == 422
        assert "That code is not right" in answer.text
        assert "Set it up" in client.get("/account/second-step").text

    def test_ends_every_other_sign_in(self, client: GatedClient, user: User) -> None:
        other = client.application.test_client()
        assert isinstance(other, GatedClient)
        other.sign_in(user)
        client.sign_in(user)
        set_up(client)
        assert other.get("/").status_code == 303
        assert client.get("/").status_code == 200

    def test_looking_at_the_page_makes_no_secret(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        assert client.get("/account/second-step/confirm").status_code == 303
        assert db.session.query(SecondStep).count() == 0

    def test_the_secret_is_sealed_and_gone_from_the_page_once_it_is_on(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        totp, _codes = set_up(client)
        assert totp.secret not in db.session.scalars(sa.select(SecondStep.secret)).one()
        assert client.get("/account/second-step/confirm").status_code == 403
        assert client.send("/account/second-step/begin").status_code == 403


class TestSignIn:
    @pytest.fixture
    def totp(self, client: GatedClient, user: User) -> pyotp.TOTP:
        client.sign_in(user)
        totp, self.codes = set_up(client)
        client.send("/sign-out")
        return totp

    def test_password_then_code_opens_where_one_was_going(
        self,
        client: GatedClient,
        user: User,
        totp: pyotp.TOTP,
        at: Callable[[datetime], None],
    ) -> None:
        at(NOON + HALF_A_MINUTE)
        answer = give_password(client, user, "/account")
        assert answer.location == "/sign-in/code"
        assert client.get("/").status_code == 303, "a password alone opens nothing"
        answer = client.send("/sign-in/code", code=totp.at(clock.now()))
        assert (answer.status_code, answer.location) == (303, "/account")
        assert client.get("/account").status_code == 200

    def test_a_code_works_once(
        self,
        client: GatedClient,
        user: User,
        totp: pyotp.TOTP,
        at: Callable[[datetime], None],
    ) -> None:
        at(NOON + HALF_A_MINUTE)
        code = totp.at(clock.now())
        for status in (303, 422):
            give_password(client, user)
            assert client.send("/sign-in/code", code=code).status_code == status
            client.send("/sign-out")

    def test_the_code_that_turned_it_on_does_not_sign_in(
        self, client: GatedClient, user: User, totp: pyotp.TOTP
    ) -> None:
        give_password(client, user)
        assert client.send("/sign-in/code", code=totp.at(clock.now())).status_code == 422

    def test_a_recovery_code_works_once(
        self, client: GatedClient, user: User, totp: pyotp.TOTP
    ) -> None:
        for status in (303, 422):
            give_password(client, user)
            assert client.send("/sign-in/code", code=self.codes[0]).status_code == status
            client.send("/sign-out")
        give_password(client, user)
        client.send("/sign-in/code", code=self.codes[1])
        assert "8 recovery codes left" in client.get("/account/second-step").text

    def test_a_link_by_email_asks_for_it_too(
        self, client: GatedClient, user: User, totp: pyotp.TOTP
    ) -> None:
        token = make_link(user.id, LinkPurpose.SIGN_IN, LASTS[LinkPurpose.SIGN_IN])
        db.session.commit()
        assert client.send(f"/sign-in/link/{token}").location == "/sign-in/code"
        assert client.get("/").status_code == 303

    def test_after_ten_minutes_one_starts_again(
        self,
        client: GatedClient,
        user: User,
        totp: pyotp.TOTP,
        at: Callable[[datetime], None],
    ) -> None:
        give_password(client, user)
        at(NOON + timedelta(minutes=11))
        answer = client.send("/sign-in/code", code=totp.at(clock.now()))
        assert answer.location == "/sign-in"

    def test_a_new_password_ends_what_was_begun_with_the_old(
        self, client: GatedClient, user: User, totp: pyotp.TOTP
    ) -> None:
        give_password(client, user)
        user.password_hash = passwords.hash_password("quite another sentence")
        user.password_changed_at = clock.now()
        db.session.commit()
        answer = client.send("/sign-in/code", code=self.codes[0])
        assert answer.location == "/sign-in"
        assert client.get("/").status_code == 303

    def test_a_disabled_account_gets_no_further(
        self, client: GatedClient, user: User, totp: pyotp.TOTP
    ) -> None:
        give_password(client, user)
        user.disabled_at = clock.now()
        db.session.commit()
        assert client.send("/sign-in/code", code=self.codes[0]).location == "/sign-in"

    def test_ten_wrong_codes_are_enough_for_five_minutes(
        self,
        client: GatedClient,
        user: User,
        totp: pyotp.TOTP,
        at: Callable[[datetime], None],
    ) -> None:
        at(NOON + HALF_A_MINUTE)
        give_password(client, user)
        for _ in range(10):
            client.send("/sign-in/code", code="000000")
        answer = client.send("/sign-in/code", code=totp.at(clock.now()))
        assert "too many tries" in answer.text

    def test_without_a_first_step_there_is_no_second(
        self, client: GatedClient, user: User, totp: pyotp.TOTP
    ) -> None:
        assert client.get("/sign-in/code").location == "/sign-in"
        assert client.send("/sign-in/code", code=self.codes[0]).location == "/sign-in"
        assert client.get("/").status_code == 303


class TestTwiceAtOnce:
    def test_one_code_lets_one_in(self, committed_app: Flask) -> None:
        key = committed_app.config["SECRET_KEY"]
        user = make_user()
        step = second_step_services.begin(user.id, key=key)
        step.confirmed_at = clock.now()
        codes = second_step_services.renew_recovery_codes(user.id)
        db.session.commit()

        def take() -> bool:
            with transaction():
                second_step_services.take_code(user.id, codes[0], key=key)
            return True

        answers = race(committed_app, [take] * 5)
        assert answers.count(True) == 1
        assert sum(isinstance(answer, DomainError) for answer in answers) == 4


class TestDemanded:
    @pytest.mark.parametrize(
        "role", [ServiceRoleKind.ADMINISTRATOR, ServiceRoleKind.INCLUSION_LEAD]
    )
    def test_those_who_must_have_it_get_nowhere_before(
        self, client: GatedClient, insisting: Flask, role: ServiceRoleKind
    ) -> None:
        client.sign_in(make_service_user(role))
        for path in ("/", "/events", "/account", "/account/password"):
            assert client.get(path).location == "/account/second-step"
        assert "Your role needs a second step" in client.get("/account/second-step").text
        answer = client.fragment("/events")
        assert answer.headers["HX-Redirect"] == "/account/second-step"
        set_up(client)
        assert client.get("/").status_code == 200

    def test_and_can_still_sign_out(self, client: GatedClient, insisting: Flask) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        assert client.send("/sign-out").location == "/sign-in"

    def test_and_can_not_turn_it_off(self, client: GatedClient, insisting: Flask) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        set_up(client)
        assert client.get("/account/second-step/off").status_code == 403

    def test_others_go_on_without(self, client: GatedClient, insisting: Flask) -> None:
        client.sign_in(make_school_user(make_school()))
        assert client.get("/").status_code == 200

    def test_production_refuses_to_do_without(self) -> None:
        environ = {
            "COP_ENV": "production",
            "SECRET_KEY": "x" * 40,
            "SURVEY_KEY": "y" * 40,
            "ALLOWED_HOSTS": "cop.lark.example",
        }
        config.check(config.load(environ))
        with pytest.raises(RuntimeError, match="SECOND_STEP"):
            config.check(config.load({**environ, "SECOND_STEP": "off"}))


class TestTurnOff:
    def test_needs_a_code_and_then_the_password_alone_will_do(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        _totp, codes = set_up(client)
        assert client.send("/account/second-step/off", code="000000").status_code == 422
        assert client.send("/account/second-step/off", code=codes[0]).status_code == 303
        client.send("/sign-out")
        assert give_password(client, user).location == "/"
        assert db.session.query(RecoveryCode).count() == 0

    def test_new_recovery_codes_need_a_code_and_replace_the_old(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        _totp, codes = set_up(client)
        path = "/account/second-step/recovery-codes"
        assert client.send(path, code="000000").status_code == 422
        answer = client.send(path, code=codes[0])
        new = re.findall(r'class="letters">([a-z2-9-]+)<', answer.text)
        assert len(new) == 10 and not set(new) & set(codes)
        assert client.send(path, code=codes[1]).status_code == 422

    def test_the_command_turns_it_off_and_signs_out(
        self, client: GatedClient, user: User, app: Flask
    ) -> None:
        client.sign_in(user)
        set_up(client)
        result = app.test_cli_runner().invoke(args=["second-step", "reset", user.email])
        assert result.exit_code == 0, result.output
        assert client.get("/").status_code == 303
        assert give_password(client, user).location == "/"

    def test_the_command_says_where_it_knows_nobody(self, app: Flask) -> None:
        result = app.test_cli_runner().invoke(args=["second-step", "reset", "no@lark.example"])
        assert result.exit_code == 1
        assert "Nobody signs in as no@lark.example." in result.output


class TestBegin:
    def test_again_makes_a_new_secret_until_it_is_on(self, app: Flask) -> None:
        by = acting(make_user(make_person()))
        first = second_step_services.begin(by.user_id, key="k").secret
        assert second_step_services.begin(by.user_id, key="k").secret != first
