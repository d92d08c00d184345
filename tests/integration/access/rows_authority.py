"""Who may call what: the authority's settings, how long things are kept, and what all may read."""

from __future__ import annotations

from typing import Any

from tests.integration.access.matrix import ADMIN, EVERYONE, Row, World, may


def _sign_ins(_world: World) -> dict[str, Any]:
    return {"key": "sign_ins"}


ROWS = (
    Row("authority.edit", may(ADMIN)),
    Row("authority.edit", may(ADMIN, status=422), method="POST"),
    Row("retention.index", may(ADMIN)),
    Row("retention.edit", may(ADMIN), url=_sign_ins),
    Row("retention.edit", may(ADMIN, status=422), method="POST", url=_sign_ins),
    Row("privacy.notice", may(*EVERYONE)),
    Row("privacy.list_cookies", may(*EVERYONE)),
    Row("privacy.accessibility", may(*EVERYONE)),
)
