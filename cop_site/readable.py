"""Whether a text holds anything that can be read."""

from __future__ import annotations

# Letters by their kind, for setting Korean type, and yet drawn as nothing.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0")


def has_letter(text: str) -> bool:
    """True for a text with a letter that can be seen, of any script."""
    return any(sign.isalpha() and sign not in _FILLERS for sign in text)


def has_letter_or_digit(text: str) -> bool:
    return any(sign.isalnum() and sign not in _FILLERS for sign in text)
