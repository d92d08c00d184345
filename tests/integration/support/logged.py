"""An entry, logged today."""

from __future__ import annotations

from datetime import date
from typing import Any

from cop_site.support import (
    services,
)
from cop_site.support.models import (
    Entry,
)
from cop_site.transaction import transaction
from tests.integration.support.conftest import KEY, World

TODAY = date(2026, 11, 10)


def log(world: World, who: str = "asep", key: str = KEY, **values: Any) -> Entry:
    names = values.pop("names", (who,))
    with transaction():
        details = world.details(*names, **values)
        return services.log_entry(key, details, by=world.acting(who))
