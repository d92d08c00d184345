"""What may stand as a person's name, on registers and in messages that go to others."""

from __future__ import annotations

import re

from cop_site.readable import has_letter

LONGEST = 100
# What would make a mail program, or a reader, take a part of it for somewhere to go.
_LEADS_AWAY = re.compile(r"://|www\.|@|[<>]|\.[a-z]{2,}/", re.IGNORECASE)


def is_name(text: str) -> bool:
    """True for a text with a letter in it and nothing that leads anywhere."""
    return has_letter(text) and not _LEADS_AWAY.search(text)


def is_same_name(one: str, other: str) -> bool:
    """Capital letters and spaces make no other name."""
    return one.casefold().split() == other.casefold().split()
