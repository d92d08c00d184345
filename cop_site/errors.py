"""Errors that may be shown to people as they are."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


class DomainError(Exception):
    """A rule said no. The message is a plain sentence for the person who asked.

    ``field`` names the form field it belongs to, where there is one; ``more`` says the same of
    others that were asked for together.
    """

    def __init__(self, sentence: str, *more: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.sentences = (sentence, *more)
        self.field = field


class NotFoundError(DomainError):
    """The thing does not exist, or may not be known of by the person who asked."""


class StaleEditError(DomainError):
    """Somebody else saved the same thing since the person opened it."""


def stamp_of(saved: Mapping[str, Any]) -> str:
    """Stands for what a form was opened on, where the row counts no edits of its own."""
    return hashlib.sha256(json.dumps(saved, default=str, sort_keys=True).encode()).hexdigest()[:16]


def refuse_stale(seen: str, saved: Mapping[str, Any]) -> None:
    """Raises StaleEditError where ``seen`` is not the stamp of what is saved by now."""
    if seen != stamp_of(saved):
        raise StaleEditError("Somebody else changed this while you were editing it.")


_by_constraint: dict[str, str] = {}


def refuse_constraint(*names: str, sentence: str) -> None:
    """Say what a person reads when the database refuses a row by constraint ``names``.

    PostgreSQL reports the constraint's name and SQLite its columns
    ("booking.event_id, booking.person_id"), so both are given.
    """
    for name in names:
        _by_constraint[name] = sentence


def find_refusal(database_message: str) -> DomainError | None:
    """The sentence for a database's refusal, or None where it is a fault of ours."""
    for name, sentence in _by_constraint.items():
        if name in database_message:
            return DomainError(sentence)
    return None
