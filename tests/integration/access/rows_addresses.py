"""Who may call what: changing one's own email address."""

from __future__ import annotations

from typing import Any

from tests.integration.access.matrix import EVERYONE, SIGNED_IN, Row, World, may


def _unknown(_world: World) -> dict[str, Any]:
    return {"token": "unknown"}


ROWS = (
    Row("account.change_address", may(*SIGNED_IN)),
    Row(
        "account.change_address",
        may(*SIGNED_IN),
        method="POST",
        fields=lambda _world: {"email": "new@school.example"},
    ),
    # With a link that works: test_address_change.py.
    Row("accounts.confirm_address", may(*EVERYONE, status=410), url=_unknown),
    Row("accounts.confirm_address", may(*EVERYONE, status=410), method="POST", url=_unknown),
    Row("accounts.stop_address", may(*EVERYONE, status=410), method="POST", url=_unknown),
)
