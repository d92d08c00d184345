"""Who may call what: planning who is in which cluster."""

from __future__ import annotations

from datetime import date
from typing import Any

from cop_site.schools.cluster_plan_services import save_plan
from cop_site.transaction import transaction
from tests.integration.access.matrix import LEAD, Row, World, may


def _plan(world: World) -> None:
    with transaction():
        moves = {world.school.id: (world.cluster.id, world.other_cluster.id)}
        world.more["plan"] = save_plan(moves, date(2027, 9, 1), by=1)[0].id


def _saved(world: World) -> dict[str, Any]:
    return {"plan_id": world.more["plan"]}


ROWS = (
    Row("clusters.plan", may(LEAD)),
    Row("clusters.plan", may(LEAD), method="POST"),
    Row("clusters.undo_plan", may(LEAD, status=303), method="POST", url=_saved, prepare=_plan),
    Row("clusters.change_plan_day", may(LEAD), url=_saved, prepare=_plan),
    Row(
        "clusters.change_plan_day", may(LEAD, status=422), method="POST", url=_saved, prepare=_plan
    ),
)
