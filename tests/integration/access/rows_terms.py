"""Who may call what: terms."""

from __future__ import annotations

from tests.integration.access.matrix import ADMIN, Row, may

ROWS = (
    Row("terms.index", may(ADMIN)),
    Row("terms.new", may(ADMIN)),
    Row("terms.new", may(ADMIN, status=422), method="POST"),
    Row("terms.add_next_year", may(ADMIN, status=303), method="POST"),
    Row("terms.edit", may(ADMIN), url=lambda world: {"term_id": world.term.id}),
    Row(
        "terms.edit",
        may(ADMIN, status=422),
        method="POST",
        url=lambda world: {"term_id": world.term.id},
    ),
    # It has begun, so it stays.
    Row(
        "terms.remove",
        may(ADMIN, status=422),
        method="POST",
        url=lambda world: {"term_id": world.term.id},
    ),
)
