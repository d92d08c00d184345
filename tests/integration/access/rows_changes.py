"""Who may call what: the record of changes."""

from __future__ import annotations

from tests.integration.access.matrix import ADMIN, Row, may

ROWS = (Row("changes.index", may(ADMIN)),)
