"""Names as people write them and as meetings show them, made alike to be compared."""

from __future__ import annotations

import re
import unicodedata

TITLES = frozenset(
    ("mr", "mrs", "miss", "ms", "mx", "dr", "prof", "professor", "rev", "revd", "sir", "dame")
)
# Letters that are no plain letter with a sign on it, and are often written as one.
_PLAIN = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe"})
_APOSTROPHES = re.compile(r"['’‘`´]")
_DEVICE = re.compile(
    r"^(.+?)['’‘]s? +(?:i-?phone|i-?pad|i-?mac|mac|macbook|galaxy|samsung|pixel|android|phone|"
    r"mobile|tablet|laptop|pc|surface)\b.*$",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[(\[]([^)\]]*)[)\]]?")


def name_words(text: str) -> frozenset[str]:
    """The words of a name: no titles, signs or accents, in no order."""
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).casefold())
    letters = "".join(one for one in folded if not unicodedata.combining(one)).translate(_PLAIN)
    words = re.findall(r"[^\W_]+", letters)
    return frozenset(word for word in words if word not in TITLES)


def name_key(text: str) -> str:
    """Equal for two ways of writing one name: “Example, Erin” and “Dr Érin Example (Guest)”."""
    return " ".join(sorted(name_words(_BRACKETED.sub(" ", text))))


def are_alike(one: str, other: str) -> bool:
    """Whether two names may be shorter and longer ways of writing one: “Erin E”, “E Example”."""
    return any(
        _is_short_for(a, b) or _is_short_for(b, a)
        for a in map(name_words, list_names_in(one))
        for b in map(name_words, list_names_in(other))
    )


def _is_short_for(short: frozenset[str], long: frozenset[str]) -> bool:
    """Every word of one is a word of the other, or its first letter; not all are letters."""
    initials = {word[0] for word in long}
    is_named = any(len(word) > 1 for word in short & long)
    return is_named and all(word in initials or word[0] in long for word in short - long)


def list_names_in(shown: str) -> list[str]:
    """The names that what a meeting shows may mean, the likeliest first.

    Brackets hold what somebody was called before, or that they were a guest; a device its owner.
    """
    outside = _BRACKETED.sub(" ", shown).strip()
    device = _DEVICE.match(outside)
    inside = [one for one in _BRACKETED.findall(shown) if name_words(one)]
    return [one for one in (device[1] if device else outside, *inside) if name_words(one)]
