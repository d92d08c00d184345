"""Where a text has a name. Has no table."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """Rows of a table, by their numbers: the first few, and how many more. False for none."""

    table: str
    ids: tuple[int, ...]
    more: int

    @property
    def words(self) -> str:
        return self.table.replace("_", " ")

    def __bool__(self) -> bool:
        return bool(self.ids)

    def __str__(self) -> str:
        """Like "event 12, 15 and 3 more"."""
        more = f" and {self.more} more" if self.more else ""
        return f"{self.words} {', '.join(map(str, self.ids))}{more}"

    @classmethod
    def read(cls, told: str) -> Place | None:
        """What ``str`` wrote; None for any other words."""
        found = re.fullmatch(r"(\D+) (\d+(?:, \d+)*)(?: and (\d+) more)?", told)
        if found is None:
            return None
        ids = tuple(map(int, found[2].split(", ")))
        return cls(found[1].replace(" ", "_"), ids, int(found[3] or 0))
