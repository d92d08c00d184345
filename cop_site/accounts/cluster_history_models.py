"""Who was in a cluster and who supported it, told by days. Has no table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Stay:
    """One school's or person's time with a cluster; ``ends_on`` None while none is set."""

    name: str
    starts_on: date
    ends_on: date | None
    what: str = ""


@dataclass(frozen=True)
class Turn:
    """A day on which something changed: the first of some, or the last of others."""

    day: date
    begins: bool
    stays: tuple[Stay, ...]


def tell_ahead(stays: Iterable[Stay], today: date) -> list[Turn]:
    """What begins after today, and what ends today or later, the nearest first."""
    found: dict[tuple[date, bool], list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.starts_on > today:
            found[stay.starts_on, True].append(stay)
        elif stay.ends_on is not None and stay.ends_on >= today:
            found[stay.ends_on, False].append(stay)
    return [Turn(day, begins, tuple(found[day, begins])) for day, begins in sorted(found)]


def tell_past(stays: Iterable[Stay], today: date) -> list[Turn]:
    """What ended before today, the latest first."""
    found: dict[date, list[Stay]] = defaultdict(list)
    for stay in stays:
        if stay.ends_on is not None and stay.ends_on < today:
            found[stay.ends_on].append(stay)
    return [Turn(day, False, tuple(found[day])) for day in sorted(found, reverse=True)]
