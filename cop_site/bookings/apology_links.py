"""The end of the link by which somebody says that they can't come: signed, and good for no more."""

from __future__ import annotations

from flask import current_app
from itsdangerous import BadSignature, URLSafeSerializer

from cop_site.errors import NotFoundError


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="can't come")


def make_token(booking_id: int, session_id: int) -> str:
    """For one person's reminder of one date."""
    return str(_serializer().dumps([booking_id, session_id]))


def read_token(token: str) -> tuple[int, int]:
    """The ids of the booking and the session. Raises NotFoundError for what was not made here."""
    try:
        booking_id, session_id = _serializer().loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFoundError("There is no such link.") from error
    return booking_id, session_id
