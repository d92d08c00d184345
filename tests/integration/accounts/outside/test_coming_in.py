"""Signing in by a provider outside: a real one, in a process of its own."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts import second_step_services
from cop_site.accounts.account_models import OutsideIdentity
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.link_services import LinkPurpose, make_link
from cop_site.accounts.models import OneTimeLink, Person, User
from cop_site.accounts.second_step_secrets import unseal
from cop_site.db import db
from tests.conftest import NOON
from tests.integration.accounts.outside.ways import (
    BACK,
    GO,
    come,
    go,
    is_in,
    is_refused,
    knows,
    settings,
)
from tests.support.client import GatedClient
from tests.support.oidc_provider import OutsideProvider, run_provider

pytestmark = [pytest.mark.sqlite_only, pytest.mark.thorough]
DEAD = "http://127.0.0.1:1"


class TestGo:
    def test_asks_for_a_code_with_a_challenge_a_nonce_and_a_state(
        self, client: GatedClient, app: Flask
    ) -> None:
        asked = parse_qs(urlsplit(go(client)).query)
        assert asked["response_type"] == ["code"]
        assert asked["code_challenge_method"] == ["S256"]
        assert asked["redirect_uri"] == [f"{app.config['SITE_ADDRESS']}{BACK}"]
        with client.session_transaction() as cookie:
            [(state, kept)] = cookie["rounds"].items()
        digest = hashlib.sha256(kept["verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        assert (asked["state"], asked["nonce"]) == ([state], [kept["nonce"]])
        assert asked["code_challenge"] == [challenge]

    def test_the_way_back_is_the_sites_own_whatever_the_host_header(
        self, client: GatedClient, app: Flask
    ) -> None:
        answer = client.get(GO, headers={"X-Forwarded-Host": "evil.example"})
        assert "evil.example" not in answer.location

    def test_a_provider_that_is_away_gives_a_plain_page(
        self, client: GatedClient, configure: Callable[..., None]
    ) -> None:
        configure(entra=settings(DEAD))
        answer = client.get(GO)
        assert is_refused(answer, "Entra does not answer at the moment", 503)
        assert "Sign in by email" in answer.text

    def test_one_that_calls_itself_something_else_is_not_believed(
        self, client: GatedClient, configure: Callable[..., None], provider: OutsideProvider
    ) -> None:
        # Another name for the same address: what is there answers, and calls itself without a dot.
        configure(entra=settings(f"{provider.address}/."))
        assert client.get(GO).status_code == 503

    def test_one_that_is_not_set_up_is_not_there(
        self, client: GatedClient, configure: Callable[..., None]
    ) -> None:
        configure()
        assert client.get(GO).status_code == 404
        assert client.get(BACK).status_code == 404
        assert "/sign-in/with/" not in client.get("/sign-in").text


class TestComeBack:
    def test_a_checked_address_opens_the_account_and_links_it(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        answer = come(client, provider, subject)
        assert (answer.status_code, answer.location) == (303, "/")
        assert is_in(client)
        row = db.session.scalars(sa.select(OutsideIdentity)).one()
        assert (row.user_id, row.issuer, row.subject) == (user.id, provider.address, subject)

    def test_the_next_time_the_identity_counts_and_not_the_address(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        come(client, provider, subject)
        client.send("/sign-out")
        knows(provider, user, email="married@school.example", email_verified=False)
        assert come(client, provider, subject).status_code == 303
        assert is_in(client)
        assert db.session.query(OutsideIdentity).count() == 1

    def test_an_address_given_to_somebody_else_there_opens_nothing(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        come(client, provider, subject)
        client.send("/sign-out")
        provider.knows("a newcomer", email=user.email, email_verified=True)
        answer = come(client, provider, "a newcomer")
        assert is_refused(answer, "goes with another account at Entra")
        assert not is_in(client)

    @pytest.mark.parametrize("said", [False, None, "true", 1])
    def test_an_address_that_was_not_checked_opens_nothing(
        self, client: GatedClient, user: User, provider: OutsideProvider, said: object
    ) -> None:
        answer = come(client, provider, knows(provider, user, email_verified=said))
        assert is_refused(answer, "does not say that it has checked your email address")
        assert not is_in(client)

    def test_unless_the_setting_trusts_its_addresses(
        self,
        client: GatedClient,
        user: User,
        provider: OutsideProvider,
        configure: Callable[..., None],
    ) -> None:
        configure(entra=settings(provider.address, trusts_email=True))
        come(client, provider, knows(provider, user, email_verified=False))
        assert is_in(client)

    def test_an_unknown_person_is_told_so_and_nothing_is_made(
        self, client: GatedClient, app: Flask, provider: OutsideProvider
    ) -> None:
        provider.knows("stranger", email="stranger@else.example", email_verified=True)
        answer = come(client, provider, "stranger")
        assert is_refused(answer, "Nobody here has the email address stranger@else.example")
        assert "Sign in by email" in answer.text
        assert not is_in(client)
        assert db.session.query(User).count() == db.session.query(Person).count() == 0
        assert db.session.query(OutsideIdentity).count() == 0

    @pytest.mark.parametrize("linked", [True, False])
    def test_a_closed_account_stays_closed(
        self,
        client: GatedClient,
        user: User,
        subject: str,
        provider: OutsideProvider,
        linked: bool,
    ) -> None:
        if linked:
            come(client, provider, subject)
        user.disabled_at = clock.now()
        db.session.commit()
        sentence = "Your account here is closed" if linked else "Nobody here has"
        assert is_refused(come(client, provider, subject), sentence)
        assert not is_in(client)

    def test_the_second_step_is_still_asked_for(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider, app: Flask
    ) -> None:
        key = app.config["SECRET_KEY"]
        step = second_step_services.begin(user.id, key=key)
        totp = pyotp.TOTP(str(unseal(step.secret, key)))
        by = ActingUser(user.id, user.person_id, "", user.email)
        second_step_services.confirm(by, totp.at(clock.now() - timedelta(seconds=30)), key=key)
        db.session.commit()
        answer = client.get(provider.answer(go(client, "/events"), subject))
        assert answer.location == "/sign-in/code"
        assert not is_in(client)
        answer = client.send("/sign-in/code", code=totp.at(clock.now()))
        assert answer.location == "/events"
        assert is_in(client)

    def test_uses_an_invitation_up(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        make_link(user.id, LinkPurpose.INVITATION, timedelta(days=14))
        db.session.commit()
        come(client, provider, subject)
        assert db.session.scalars(sa.select(OneTimeLink.used_at)).one() is not None
        db.session.refresh(user)
        assert user.first_in_at == NOON

    def test_the_cookie_is_a_fresh_one(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        with client.session_transaction() as cookie:
            cookie["planted"] = "before"
        come(client, provider, subject)
        with client.session_transaction() as cookie:
            assert set(cookie) == {"_user_id", "_permanent", "owner"}

    @pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil"])
    def test_never_leads_off_the_site(
        self,
        client: GatedClient,
        user: User,
        subject: str,
        provider: OutsideProvider,
        target: str,
    ) -> None:
        assert client.get(provider.answer(go(client, target), subject)).location == "/"

    def test_one_of_several_providers(
        self,
        client: GatedClient,
        user: User,
        subject: str,
        provider: OutsideProvider,
        configure: Callable[..., None],
    ) -> None:
        with run_provider() as other:
            other.knows("me", email=user.email, email_verified=True)
            configure(entra=settings(provider.address), google=settings(other.address, "Google"))
            page = client.get("/sign-in?next=/events").text
            links = re.findall(r'href="(/sign-in/with/[^"]+)"', page)
            assert links == [f"{GO}?next=/events", "/sign-in/with/google?next=/events"]
            for link, at, who in zip(links, (provider, other), (subject, "me"), strict=True):
                answer = client.get(at.answer(client.get(link).location, who))
                assert (answer.status_code, answer.location) == (303, "/events")
                client.send("/sign-out")
        assert db.session.query(OutsideIdentity).count() == 2
