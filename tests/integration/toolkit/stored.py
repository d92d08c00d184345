"""What the store holds."""

from __future__ import annotations

import re

from cop_site.web.uploads import store


def kept() -> set[str]:
    return {
        path.name for path in store().folder.rglob("*") if re.fullmatch("[0-9a-f]{64}", path.name)
    }
