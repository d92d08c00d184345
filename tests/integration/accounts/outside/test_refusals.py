"""What comes back from a provider outside, or pretends to, and opens nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask import Flask

from cop_site.accounts.models import SignIn, User
from cop_site.db import db
from tests.conftest import NOON
from tests.integration.accounts.outside.ways import (
    BACK,
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


class TestRefusals:
    def test_somebody_who_says_no_there(
        self, client: GatedClient, user: User, provider: OutsideProvider
    ) -> None:
        answer = client.get(provider.deny(go(client)))
        assert is_refused(answer, "Entra did not sign you in")

    def test_a_forged_state(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        path = provider.answer(go(client), subject)
        forged = re.sub("state=[^&]+", "state=forged", path)
        assert is_refused(client.get(forged), "begun in another window", 400)
        assert client.get(BACK).status_code == 400
        assert not is_in(client)

    def test_what_somebody_else_began(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        # The attacker's answer in the victim's browser would sign the victim in as the attacker.
        attacker = client.application.test_client()
        assert isinstance(attacker, GatedClient)
        path = provider.answer(go(attacker), subject)
        assert is_refused(client.get(path), "begun in another window", 400)
        assert not is_in(client)

    def test_a_state_and_its_code_count_once(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        path = provider.answer(go(client), subject)
        kept = client.get_cookie("cop")
        assert kept is not None
        assert client.get(path).status_code == 303
        assert is_refused(client.get(path), "begun in another window", 400)
        # Even with the cookie of before the provider takes its code back.
        client.set_cookie("cop", kept.value)
        assert is_refused(client.get(path), "Entra did not sign you in")

    def test_a_state_that_led_to_a_refusal_counts_no_more(
        self, client: GatedClient, app: Flask, provider: OutsideProvider
    ) -> None:
        provider.knows("stranger", email="stranger@else.example", email_verified=True)
        path = provider.answer(go(client), "stranger")
        assert client.get(path).status_code == 403
        assert is_refused(client.get(path), "begun in another window", 400)

    def test_a_code_that_another_round_was_given(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        # A stolen code: the verifier of this browser does not go with it.
        thief = client.application.test_client()
        assert isinstance(thief, GatedClient)
        code = parse_qs(urlsplit(provider.answer(go(client), subject)).query)["code"]
        state = parse_qs(urlsplit(go(thief)).query)["state"]
        answer = thief.get(f"{BACK}?{urlencode({'code': code[0], 'state': state[0]})}")
        assert is_refused(answer, "Entra did not sign you in")

    def test_after_ten_minutes(
        self,
        client: GatedClient,
        user: User,
        subject: str,
        provider: OutsideProvider,
        at: Callable[[datetime], None],
    ) -> None:
        path = provider.answer(go(client), subject)
        at(NOON + timedelta(minutes=11))
        assert is_refused(client.get(path), "It took too long", 400)

    def test_an_answer_that_names_another_issuer(
        self, client: GatedClient, user: User, subject: str, provider: OutsideProvider
    ) -> None:
        path = provider.answer(go(client), subject)
        assert is_refused(client.get(f"{path}&iss=https://evil.example"), "did not sign you in")

    def test_the_state_of_another_provider(
        self,
        client: GatedClient,
        user: User,
        subject: str,
        provider: OutsideProvider,
        configure: Callable[..., None],
    ) -> None:
        configure(entra=settings(provider.address), evil=settings(provider.address))
        path = provider.answer(go(client), subject)
        assert client.get(path.replace("/entra/", "/evil/")).status_code == 400

    @pytest.mark.parametrize(
        "forged",
        [
            {"nonce": "of another round"},
            {"aud": "another site"},
            {"aud": ["another site"], "azp": "site"},
            {"iss": "https://evil.example"},
            {"exp": 1_000_000_000},
            {"iat": 9_000_000_000},
            {"at_hash": "not of this token"},
        ],
        ids="-".join,
    )
    def test_a_token_that_is_not_for_this(
        self,
        client: GatedClient,
        user: User,
        provider: OutsideProvider,
        forged: dict[str, object],
    ) -> None:
        answer = come(client, provider, knows(provider, user, **forged))
        knows(provider, user)
        assert is_refused(answer, "Entra did not sign you in")
        assert not is_in(client)

    def test_a_provider_that_went_away_meanwhile(
        self, client: GatedClient, user: User, configure: Callable[..., None]
    ) -> None:
        with run_provider() as other:
            configure(entra=settings(other.address))
            other.knows("me", email=user.email, email_verified=True)
            path = other.answer(go(client), "me")
        assert is_refused(client.get(path), "does not answer", 503)
        assert db.session.query(SignIn).count() == 0
