"""Providers of single sign-on, asked by OpenID Connect: code flow, PKCE and a nonce.

Authlib is loaded when somebody first comes this way: a site without providers does without it.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cop_site.email_addresses import is_email_address

SCOPE = "openid email profile"
# A provider that does not answer must not hold the site's threads.
LONGEST_WAIT = 5.0
LEFT_ALONE = 10.0
KEPT_FOR = 3600.0
LEEWAY = 60
LONGEST_SUBJECT = 255
# Signed with the provider's private key. "none" and the shared secret's kinds never count.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")


class ProviderAwayError(Exception):
    """It does not answer, or not as a provider does."""


class ProviderRefusedError(Exception):
    """What came back does not let anybody in."""


@dataclass(frozen=True)
class Going:
    """Where somebody is sent, and what must come back with them."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True)
class OutsideClaims:
    """Who the provider says this is. ``email`` is None where it has not checked the address."""

    issuer: str
    subject: str
    email: str | None


class Provider:
    """One provider, as a worker knows it. What it says of itself is kept for an hour."""

    def __init__(self, key: str, settings: Mapping[str, Any]) -> None:
        self.key = key
        self.name: str = settings["name"]
        self._issuer: str = settings["issuer"].rstrip("/")
        self._client_id: str = settings["client_id"]
        self._client_secret: str = settings["client_secret"]
        self._trusts_email: bool = settings["trusts_email"]
        self._client: Any = None
        self._read_at = self._away_until = float("-inf")

    def is_named(self, issuer: str | None) -> bool:
        """False where an answer names another issuer: it was meant for somebody else."""
        return issuer is None or issuer.rstrip("/") == self._issuer

    def send(self, back: str) -> Going:
        """Begin: where the person goes, to come ``back``. ProviderAwayError where it is away."""
        told = self._ask(lambda client: client.create_authorization_url(back))
        return Going(told["url"], told["state"], told["nonce"], told["code_verifier"])

    def receive(self, code: str, *, back: str, nonce: str, verifier: str) -> OutsideClaims:
        """Exchange a code for who came. Everything said is checked as the standard asks.

        Raises ProviderAwayError, or ProviderRefusedError where the code or what it gave is bad.
        """

        def exchange(client: Any) -> OutsideClaims:
            token = client.fetch_access_token(back, code=code, code_verifier=verifier)
            claims = client.parse_id_token(
                token, nonce, claims_options=self._expected(client), leeway=LEEWAY
            )
            if claims is None:
                raise ProviderRefusedError("no ID token")
            return self._read(claims, client, token)

        received: OutsideClaims = self._ask(exchange)
        return received

    def _expected(self, client: Any) -> dict[str, Any]:
        issuer = client.server_metadata["issuer"]
        return {
            "iss": {"essential": True, "value": issuer},
            # The library looks at the audience only where it is told what it must be.
            "aud": {"essential": True, "value": self._client_id},
        }

    def _read(self, claims: Mapping[str, Any], client: Any, token: Any) -> OutsideClaims:
        subject = claims["sub"]
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise ProviderRefusedError("no usable subject")
        told = claims
        if "email" not in claims and client.server_metadata.get("userinfo_endpoint"):
            told = client.userinfo(token=token)
            if told.get("sub") != subject:
                raise ProviderRefusedError("its two answers are about two people")
        email = told.get("email")
        checked = told.get("email_verified") is True or self._trusts_email
        is_one = isinstance(email, str) and is_email_address(email)
        return OutsideClaims(self._issuer, subject, email if checked and is_one else None)

    def _ask(self, question: Any) -> Any:
        """Let ``question`` ask the provider; its many ways to fail become two."""
        from authlib.common.errors import AuthlibBaseError
        from joserfc.errors import JoseError
        from requests import RequestException

        if time.monotonic() < self._away_until:
            raise ProviderAwayError(self.name)
        try:
            return question(self._connect())
        except (AuthlibBaseError, JoseError) as error:
            raise ProviderRefusedError(type(error).__name__) from error
        except (RequestException, ProviderAwayError) as error:
            self._away_until = time.monotonic() + LEFT_ALONE
            raise ProviderAwayError(type(error).__name__) from error
        except (KeyError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            # Not the JSON, or not the fields, that a provider sends.
            raise ProviderRefusedError(type(error).__name__) from error

    def _connect(self) -> Any:
        if self._client is None or time.monotonic() - self._read_at > KEPT_FOR:
            self._client = self._discover()
            self._read_at = time.monotonic()
        return self._client

    def _discover(self) -> Any:
        """Read what the provider says of itself, and believe it only of its own name."""
        from authlib.integrations.flask_client import FlaskOAuth2App

        client = FlaskOAuth2App(
            None,
            name=self.key,
            client_id=self._client_id,
            client_secret=self._client_secret,
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_kwargs={
                "scope": SCOPE,
                "code_challenge_method": "S256",
                "default_timeout": LONGEST_WAIT,
            },
        )
        told = client.load_server_metadata()
        if str(told.get("issuer", "")).rstrip("/") != self._issuer:
            raise ProviderAwayError("it calls itself something else")
        offered = told.get("id_token_signing_alg_values_supported") or ("RS256",)
        safe = [name for name in offered if name in ALGORITHMS]
        if not safe:
            raise ProviderAwayError("it signs with nothing that counts")
        told["id_token_signing_alg_values_supported"] = safe
        return client


def read_providers(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, Provider]:
    """Those that are set up, in the order of the settings."""
    return {key: Provider(key, each) for key, each in settings.items()}
