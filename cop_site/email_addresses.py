"""What an email address looks like. Whether it works is seen when mail arrives."""

from __future__ import annotations

import re

LONGEST = 254
# Plain letters alone: mail servers and single sign-on fold others in ways of their own, so that
# one box could be had under two addresses. The plain apostrophe is in names: o'neill. Nobody is
# called with # % & or ?, which would say more than an address in a link that opens a mail.
_ATOM = r"[A-Za-z0-9!$'*+/=^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
# No dot inside a part, so that a long run of them is read once and not in every possible way.
_SHAPE = re.compile(rf"{_ATOM}(?:\.{_ATOM})*@{_LABEL}(?:\.{_LABEL})+")


def is_email_address(text: str) -> bool:
    """True where it has the shape of one, like name@school.example, and nothing around it."""
    return len(text) <= LONGEST and text.isascii() and bool(_SHAPE.fullmatch(text))
