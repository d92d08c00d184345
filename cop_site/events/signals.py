"""What events ask of those above them, and what those tell each other, without knowing who."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from cop_site.accounts.models import SchoolRoleKind

Answer = Callable[[int], bool]
_answers: list[Answer] = []


def answer_was_held(answer: Answer) -> None:
    """``answer(event_id)`` says whether an event is known to have taken place."""
    if answer not in _answers:
        _answers.append(answer)


def was_held(event_id: int) -> bool:
    """True where somebody above knows that the event took place: its register is closed."""
    return any(answer(event_id) for answer in _answers)


@dataclass(frozen=True)
class Attended:
    """Somebody marked as having attended a session, with the schools it counts for."""

    session_id: int
    person_id: int
    schools: tuple[tuple[int, SchoolRoleKind], ...]


@dataclass(frozen=True)
class RegisterClosed:
    """A session's register was closed just now.

    ``attended`` is of all closed registers of the event; ``is_last`` where none is left open.
    """

    session_id: int
    event_id: int
    attended: tuple[Attended, ...]
    is_last: bool
    by_user_id: int | None


Listener = Callable[[RegisterClosed], None]
_listeners: list[Listener] = []


def when_register_closes(listener: Listener) -> None:
    """``listener`` runs inside the transaction that closes a register."""
    if listener not in _listeners:
        _listeners.append(listener)


def register_closes(closed: RegisterClosed) -> None:
    """Tell everybody who wants to know."""
    for listener in _listeners:
        listener(closed)


WhoAttended = Callable[[int], RegisterClosed | None]
_who_attended: list[WhoAttended] = []


def answer_who_attended(answer: WhoAttended) -> None:
    """``answer(event_id)`` tells what the closing of the event's last register told."""
    if answer not in _who_attended:
        _who_attended.append(answer)


def who_attended(event_id: int) -> RegisterClosed | None:
    """Who attended an event so far; None where nobody knows."""
    return next(filter(None, (answer(event_id) for answer in _who_attended)), None)


WhichCame = Callable[[Collection[int], date], set[int]]
_which_came: list[WhichCame] = []


def answer_which_came(answer: WhichCame) -> None:
    """``answer(school_ids, since)`` says which of the schools attended an event since a day."""
    if answer not in _which_came:
        _which_came.append(answer)


def which_came(school_ids: Collection[int], since: date) -> set[int]:
    """Of these schools those that attended an event since a day, as far as anybody knows."""
    return set().union(*(answer(school_ids, since) for answer in _which_came))


_is_on_record: list[Answer] = []


def answer_is_on_record(answer: Answer) -> None:
    """``answer(session_id)`` says whether a session left something behind: who came, a survey."""
    if answer not in _is_on_record:
        _is_on_record.append(answer)


def is_on_record(session_id: int) -> bool:
    """True where somebody above keeps something of a session."""
    return any(answer(session_id) for answer in _is_on_record)


Goes = Callable[[int], None]
_when_session_goes: list[Goes] = []


def when_session_goes(listener: Goes) -> None:
    """``listener(session_id)`` drops what it keeps of a session that is about to be deleted."""
    if listener not in _when_session_goes:
        _when_session_goes.append(listener)


def session_goes(session_id: int) -> None:
    """Tell those above before a session is deleted. Nothing of it is on record."""
    for listener in _when_session_goes:
        listener(session_id)


Lines = Callable[[], sa.ScalarSelect[str]]
_material_lines: list[Lines] = []


def answer_material_lines(lines: Lines) -> None:
    """``lines()`` is a text of the event around, for its page: so that stays one statement."""
    if lines not in _material_lines:
        _material_lines.append(lines)


def material_lines() -> sa.ColumnElement[Any]:
    """The materials of the event around as lines; NULL where nobody above keeps any."""
    known = [lines() for lines in _material_lines]
    return known[0] if known else sa.cast(sa.null(), sa.Text)
