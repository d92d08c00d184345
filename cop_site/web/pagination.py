"""Pages of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

from flask import request

Row = TypeVar("Row")
PAGE_SIZE = 20
LAST_PAGE = 10_000


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows. ``total`` counts the whole list; ``number`` starts at 1."""

    rows: list[Row]
    number: int
    total: int
    size: int = PAGE_SIZE

    @property
    def last(self) -> int:
        return max(1, -(-self.total // self.size))

    @property
    def first_row(self) -> int:
        return (self.number - 1) * self.size + 1 if self.total else 0

    @property
    def last_row(self) -> int:
        return min(self.number * self.size, self.total)


def page_number() -> int:
    """The page asked for in the address, 1 where it is missing or nonsense."""
    given = request.args.get("page", "1")
    return min(max(int(given), 1), LAST_PAGE) if given.isascii() and given.isdigit() else 1


def page_address(number: int) -> str:
    """The address of another page of the list on show, filters kept."""
    arguments = {**request.args.to_dict(flat=False), "page": [str(number)]}
    return f"{request.path}?{urlencode(arguments, doseq=True)}"
