"""What people tell those above them, without knowing who."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind
from cop_site.held import Eraser


@dataclass(frozen=True)
class HandedOver:
    """Somebody takes another's role at a school over, from ``first_day`` on."""

    school_id: int
    school_name: str
    role: SchoolRoleKind
    from_person_id: int
    from_name: str
    to_person_id: int
    to_name: str
    first_day: date
    by: ActingUser


@dataclass(frozen=True)
class Passed:
    """How many bookings went along, and a sentence for each that stayed."""

    moved: int = 0
    stayed: tuple[str, ...] = ()


Listener = Callable[[HandedOver], Passed]
_listeners: list[Listener] = []


def when_handed_over(listener: Listener) -> None:
    """``listener`` runs inside the transaction that hands the role over."""
    if listener not in _listeners:
        _listeners.append(listener)


def pass_on(handed: HandedOver) -> Passed:
    """Let everybody pass on what they keep for the old person."""
    passed = [listener(handed) for listener in _listeners]
    stayed = tuple(sentence for one in passed for sentence in one.stayed)
    return Passed(sum(one.moved for one in passed), stayed)


_erasers: list[Eraser] = []


def when_erased(*erasers: Eraser) -> None:
    """Each erases what its domain holds, inside the transaction that erases somebody."""
    _erasers.extend(one for one in erasers if one not in _erasers)


def list_erasers() -> tuple[Eraser, ...]:
    return tuple(_erasers)
