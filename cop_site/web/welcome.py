"""The first page somebody sees here once they are in. Kept in the cookie, like a message."""

from __future__ import annotations

from flask import g, session


def expect_first_visit() -> None:
    """The next page that asks is shown to somebody who is here for the first time."""
    session["welcome"] = True


def is_first_visit() -> bool:
    """True on one page only, however often that page asks."""
    if "first_visit" not in g:
        g.first_visit = bool(session.pop("welcome", False))
    return bool(g.first_visit)
