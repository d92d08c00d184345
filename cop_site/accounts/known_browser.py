"""A browser that signed in before is told apart, so that guessing elsewhere can't lock it out."""

from __future__ import annotations

import hashlib
import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug import Response

from cop_site.web.cookies import KNOWN_BROWSER_LASTS, known_browser_name

# On a shared computer nobody who signs in pushes out those before them.
KEPT = 5


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")


def _account(email: str) -> str:
    return hashlib.sha256(email.lower().encode()).hexdigest()[:16]


def find_secret(email: str) -> str:
    """The secret of this browser where this account signed in from it before, else ""."""
    return _read().get(_account(email), "")


def remember(response: Response, email: str) -> None:
    """Mark this browser as one that the account signs in from, besides those of others."""
    known = _read()
    account = _account(email)
    # The newest last, so that the one who was here the longest ago makes room.
    known[account] = known.pop(account, "") or secrets.token_urlsafe(18)
    pairs = [part for pair in list(known.items())[-KEPT:] for part in pair]
    response.set_cookie(
        known_browser_name(),
        str(_serializer().dumps(pairs)),
        max_age=KNOWN_BROWSER_LASTS,
        secure=current_app.config["PRODUCTION"],
        httponly=True,
        samesite="Lax",
    )


def _read() -> dict[str, str]:
    """The secret of each account by what the cookie says, the newest last."""
    try:
        parts = _serializer().loads(request.cookies.get(known_browser_name(), ""))
    except (BadSignature, ValueError, TypeError):
        return {}
    # Account and secret by turns: a cookie from when only one was kept is one such pair.
    return dict(zip(parts[::2], parts[1::2], strict=True))
