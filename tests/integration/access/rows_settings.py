"""Who may call what: settings without a URN."""

from __future__ import annotations

from typing import Any

from cop_site.schools.setting_services import Setting, add_setting
from cop_site.transaction import transaction
from tests.integration.access.matrix import ADMIN, Row, World, may


def _add(world: World) -> None:
    with transaction():
        world.more["setting"] = add_setting(Setting("X-1", "Larch", "Nursery", "Nursery"), by=1).id


def _setting(world: World) -> dict[str, Any]:
    return {"school_id": world.more["setting"]}


ROWS = (
    Row("settings.new", may(ADMIN)),
    Row("settings.new", may(ADMIN, status=422), method="POST"),
    Row("settings.edit", may(ADMIN), url=_setting, prepare=_add),
    Row("settings.edit", may(ADMIN, status=422), method="POST", url=_setting, prepare=_add),
)
