"""A browser that signed in before is told apart, so that guessing elsewhere can't lock it out."""

from __future__ import annotations

import hashlib
import secrets

from flask import current_app, request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug import Response

from cop_site.web.cookies import KNOWN_BROWSER_LASTS, known_browser_name


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="known browser")


def _account(email: str) -> str:
    return hashlib.sha256(email.lower().encode()).hexdigest()[:16]


def find_secret(email: str) -> str:
    """The secret of this browser where this account signed in from it before, else ""."""
    try:
        account, secret = _serializer().loads(request.cookies.get(known_browser_name(), ""))
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(secret) if account == _account(email) else ""


def remember(response: Response, email: str) -> None:
    """Mark this browser as one that the account signs in from."""
    secret = find_secret(email) or secrets.token_urlsafe(18)
    response.set_cookie(
        known_browser_name(),
        str(_serializer().dumps([_account(email), secret])),
        max_age=KNOWN_BROWSER_LASTS,
        secure=current_app.config["PRODUCTION"],
        httponly=True,
        samesite="Lax",
    )
