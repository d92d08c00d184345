"""Who may call what: invitations, people and what administrators do with them."""

from __future__ import annotations

from typing import Any

from tests.integration.access.matrix import EVERYONE, Row, World, may


def _unknown(_world: World) -> dict[str, Any]:
    return {"token": "unknown"}


ROWS = (
    # A good one is used up by its first reader: test_invitations.py.
    Row("accounts.accept_invitation", may(*EVERYONE, status=410), url=_unknown),
    Row("accounts.accept_invitation", may(*EVERYONE, status=410), method="POST", url=_unknown),
    Row("accounts.back_to_invitation", may(*EVERYONE, status=410), url=_unknown),
    Row("accounts.renew_invitation", may(*EVERYONE), method="POST", url=_unknown),
)
