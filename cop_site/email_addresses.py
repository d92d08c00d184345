"""What an email address looks like. Whether it works is seen when mail arrives."""

from __future__ import annotations

import re

LONGEST = 254
# Quotes of every kind but the plain apostrophe, which names have: siobhan.o'neill@school.example.
_NEVER = r"@\s<>\"“”‘’,;"
_NAME = rf"[^{_NEVER}]+"
# No dot inside a part, so that a long run of them is read once and not in every possible way.
_DOMAIN = rf"[^{_NEVER}'.]+(\.[^{_NEVER}'.]+)+"
_SHAPE = re.compile(f"{_NAME}@{_DOMAIN}")


def is_email_address(text: str) -> bool:
    """True where it has the shape of one, like name@school.example, and nothing around it."""
    return len(text) <= LONGEST and text.isprintable() and bool(_SHAPE.fullmatch(text))
