"""Who may call what: finding schools, freezing scopes."""

from __future__ import annotations

from typing import Any

from cop_site.schools.scope_queries import resolve_scope
from cop_site.schools.scope_services import digest, freeze_scope
from cop_site.transaction import transaction
from tests.integration.access.matrix import LEAD, SERVICE, SIGNED_IN, Row, World, may


def _freeze(world: World) -> None:
    with transaction():
        world.more["scope"] = freeze_scope(world.term.id, "All", {}, by=None)


def _scope(world: World) -> dict[str, Any]:
    return {
        "step": "freeze",
        "name": "New",
        "seen": digest(resolve_scope({}, world.term.starts_on)),
    }


ROWS = (
    Row("schools.browse", may(*SIGNED_IN)),
    Row("schools.show", may(*SIGNED_IN), url=lambda world: {"school_id": world.school.id}),
    Row(
        "scopes.show",
        may(*SERVICE),
        url=lambda world: {"scope_id": world.more["scope"].id},
        prepare=_freeze,
    ),
    Row("scopes.new", may(LEAD)),
    Row("scopes.new", may(LEAD, status=303), method="POST", fields=_scope),
)
