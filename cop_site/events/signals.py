"""What events ask of those above them, without knowing who answers."""

from __future__ import annotations

from collections.abc import Callable

Answer = Callable[[int], bool]
_answers: list[Answer] = []


def answer_was_held(answer: Answer) -> None:
    """``answer(event_id)`` says whether an event is known to have taken place."""
    if answer not in _answers:
        _answers.append(answer)


def was_held(event_id: int) -> bool:
    """True where somebody above knows that the event took place: its register is closed."""
    return any(answer(event_id) for answer in _answers)
