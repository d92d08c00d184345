"""Saying no to a file."""

from __future__ import annotations

from typing import NoReturn

from cop_site.errors import DomainError


def refuse(sentence: str) -> NoReturn:
    """Refuse the file at its field."""
    raise DomainError(sentence, field="file")
