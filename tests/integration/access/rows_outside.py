"""Who may call what: signing in by a provider outside, of which none is set up here."""

from __future__ import annotations

from typing import Any

from tests.integration.access.matrix import EVERYONE, Row, World, may


def _unknown(_world: World) -> dict[str, Any]:
    return {"provider_key": "unknown"}


ROWS = (
    # Those that are set up: test_outside.py.
    Row("accounts.go_outside", may(*EVERYONE, status=404), url=_unknown),
    Row("accounts.come_back", may(*EVERYONE, status=404), url=_unknown),
)
