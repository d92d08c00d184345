"""Who may call what: the map of clusters."""

from __future__ import annotations

from tests.integration.access.matrix import SIGNED_IN, Row, may

ROWS = (Row("clusters.show_map", may(*SIGNED_IN)),)
