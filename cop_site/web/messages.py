"""One sentence on the next page: what just happened."""

from __future__ import annotations

from typing import Any

from flask import flash, get_flashed_messages


def say(sentence: str, take_back: str = "") -> None:
    """``take_back``: the address whose POST undoes what happened; a button goes beside it."""
    flash(sentence, take_back)


def take_messages() -> list[tuple[str, str]]:
    """Each sentence with the address that takes it back, "" where none does."""
    said: Any = get_flashed_messages(with_categories=True)
    return [(text, address) for address, text in said]
