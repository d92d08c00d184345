"""What people do on their way through a provider outside."""

from __future__ import annotations

from typing import Any

from werkzeug.test import TestResponse

from cop_site.accounts.models import User
from tests.support.client import GatedClient
from tests.support.oidc_provider import OutsideProvider

GO = "/sign-in/with/entra"
BACK = f"{GO}/back"


def settings(issuer: str, name: str = "Entra", **more: Any) -> dict[str, Any]:
    given = {"name": name, "issuer": issuer, "client_id": "site", "client_secret": "secret"}
    return {"trusts_email": False, **given, **more}


def knows(provider: OutsideProvider, user: User, **claims: object) -> str:
    subject = f"subject of {user.email}"
    provider.knows(subject, **{"email": user.email, "email_verified": True, **claims})
    return subject


def go(client: GatedClient, target: str = "") -> str:
    """Leave for the provider: its address with everything it is asked."""
    answer = client.get(GO, query_string={"next": target} if target else {})
    assert answer.status_code == 303
    return answer.location


def come(client: GatedClient, provider: OutsideProvider, subject: str) -> TestResponse:
    """All the way there and back."""
    return client.get(provider.answer(go(client), subject))


def is_in(client: GatedClient) -> bool:
    return client.get("/account").status_code == 200


def is_refused(answer: TestResponse, sentence: str, status: int = 403) -> bool:
    return answer.status_code == status and sentence in answer.text
