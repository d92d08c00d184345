"""Who may call what: signing in, home, health."""

from __future__ import annotations

from tests.integration.access.matrix import ANONYMOUS, EVERYONE, SIGNED_IN, Row, may

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
)
