"""What bookings tell those above them, and ask of them, without knowing who."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cop_site.bookings.models import Booking


@dataclass(frozen=True)
class Apology:
    """Somebody with a booking says before it begins that they can't come to a session."""

    session_id: int
    booking: Booking


Apologies = Callable[[Apology], None]
_apologies: list[Apologies] = []


def when_somebody_apologises(listener: Apologies) -> None:
    """``listener`` runs inside the transaction in which they say so."""
    if listener not in _apologies:
        _apologies.append(listener)


def apologise(apology: Apology) -> None:
    """Tell everybody who wants to know."""
    for listener in _apologies:
        listener(apology)


@dataclass(frozen=True)
class Overtaken:
    """What was said of these sessions holds no more; ``person_id`` None: whoever said it."""

    session_ids: frozenset[int]
    person_id: int | None
    why: str


Forgets = Callable[[Overtaken], None]
_forgets: list[Forgets] = []


def when_apologies_are_overtaken(listener: Forgets) -> None:
    """``listener`` runs inside the transaction that moves the date, or books again."""
    if listener not in _forgets:
        _forgets.append(listener)


def overtake_apologies(overtaken: Overtaken) -> None:
    """Tell everybody who wants to know."""
    for listener in _forgets:
        listener(overtaken)


WhoApologised = Callable[[int], frozenset[int]]
_who_apologised: list[WhoApologised] = []


def answer_who_apologised(answer: WhoApologised) -> None:
    """``answer(session_id)`` gives the ids of the people whose apology stands."""
    if answer not in _who_apologised:
        _who_apologised.append(answer)


def who_apologised(session_id: int) -> frozenset[int]:
    """Whose apology for a session is known."""
    return frozenset().union(*(answer(session_id) for answer in _who_apologised))
