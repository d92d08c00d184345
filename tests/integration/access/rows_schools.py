"""Who may call what: finding schools."""

from __future__ import annotations

from tests.integration.access.matrix import SIGNED_IN, Row, may

ROWS = (
    Row("schools.browse", may(*SIGNED_IN)),
    Row("schools.show", may(*SIGNED_IN), url=lambda world: {"school_id": world.school.id}),
)
