"""One sentence on the next page: what just happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, get_flashed_messages

# What no address is: nothing was done, something is only to be known.
_NOTE = "note"


@dataclass(frozen=True)
class Said:
    """``take_back``: the address whose POST undoes it, "" where none does."""

    text: str
    take_back: str = ""
    is_note: bool = False


def say(sentence: str, take_back: str = "") -> None:
    """``take_back``: the address whose POST undoes what happened; a button goes beside it."""
    flash(sentence, take_back)


def note(sentence: str) -> None:
    """As ``say`` where nothing was done: the page does not call it done."""
    flash(sentence, _NOTE)


def take_messages() -> list[Said]:
    said: Any = get_flashed_messages(with_categories=True)
    return [
        Said(text, is_note=True) if category == _NOTE else Said(text, category)
        for category, text in said
    ]
