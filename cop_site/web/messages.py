"""One sentence on the next page: what just happened."""

from __future__ import annotations

from flask import flash, get_flashed_messages


def say(sentence: str) -> None:
    flash(sentence)


def take_messages() -> list[str]:
    return [str(message) for message in get_flashed_messages()]
