"""What the site holds about one person, as tables. Knows no domain: each says its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

Cell = str | int | bool | date | datetime | None


@dataclass(frozen=True)
class Subject:
    """One human being: their person, those merged into it, their account and addresses."""

    person_ids: frozenset[int]
    user_ids: frozenset[int]
    addresses: frozenset[str]

    def name_actor(self, user_id: int | None) -> str:
        """Who did something, without naming anybody else."""
        if user_id is None:
            return ""
        return "you" if user_id in self.user_ids else "somebody else"


@dataclass(frozen=True)
class HeldTable:
    """A kind of thing held. ``covers`` are the columns by which it is somebody's.

    ``about`` is a sentence for the list of what is there.
    """

    name: str
    about: str
    header: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    covers: tuple[str, ...]


# Each domain's own; wiring.py gathers them.
ListHeld = Callable[[Subject], list[HeldTable]]
