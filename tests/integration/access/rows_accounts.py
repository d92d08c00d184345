"""Who may call what: signing in, home, health."""

from __future__ import annotations

from typing import Any

from tests.integration.access.matrix import ANONYMOUS, EVERYONE, SIGNED_IN, Row, World, may


def _unknown(_world: World) -> dict[str, Any]:
    return {"token": "unknown"}


def _address(_world: World) -> dict[str, Any]:
    return {"email": "nobody@school.example"}


ROWS = (
    Row("health.live", may(*EVERYONE)),
    Row("health.ready", may(*EVERYONE)),
    Row("static", may(*EVERYONE), url=lambda world: {"filename": "site.css"}),
    Row("home.show", may(*SIGNED_IN)),
    Row("accounts.sign_in", may(ANONYMOUS, otherwise=303)),
    Row("accounts.sign_in", may(*EVERYONE, status=422), method="POST"),
    Row("accounts.sign_out", may(*SIGNED_IN, status=303), method="POST"),
    Row("accounts.sign_out_page", may(*SIGNED_IN)),
    Row("accounts.set_password", may(*EVERYONE), url=lambda world: {"token": "unknown"}),
    Row(
        "accounts.set_password",
        may(*EVERYONE, status=422),
        method="POST",
        url=lambda world: {"token": "unknown"},
        fields=lambda world: {"password": "long enough to be one"},
    ),
    Row("accounts.ask_link", may(*EVERYONE)),
    Row("accounts.ask_link", may(*EVERYONE), method="POST", fields=_address),
    Row("accounts.forgot_password", may(*EVERYONE)),
    Row("accounts.forgot_password", may(*EVERYONE), method="POST", fields=_address),
    Row("accounts.open_link", may(*EVERYONE, status=410), url=_unknown),
    Row("accounts.open_link", may(*EVERYONE, status=410), method="POST", url=_unknown),
    Row("account.show", may(*SIGNED_IN)),
    Row("account.change_password", may(*SIGNED_IN)),
    Row(
        "account.change_password",
        may(*SIGNED_IN, status=303),
        method="POST",
        fields=lambda _world: {"password": "three plain words"},
    ),
    # Somebody else's sign-in is left alone: test_account.py.
    Row(
        "account.end_sign_in",
        may(*SIGNED_IN, status=303),
        method="POST",
        url=lambda _world: {"sign_in_id": 1},
    ),
    Row("account.end_others", may(*SIGNED_IN, status=303), method="POST"),
)
