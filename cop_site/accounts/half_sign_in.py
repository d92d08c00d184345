"""Between the first step of signing in and the second: noted in the signed cookie, for 10 minutes.

It opens nothing by itself: it only says whose code is asked for next.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from flask import session

from cop_site import clock
from cop_site.accounts import queries
from cop_site.accounts.models import User

LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class HalfSignIn:
    user_id: int
    email: str
    remember: bool
    target: str
    until: float
    password_changed_at: float | None = None


def begin(user_id: int, email: str, *, remember: bool, target: str) -> None:
    until = (clock.now() + LASTS).timestamp()
    changed_at = _changed_at(queries.get_user(user_id))
    half = HalfSignIn(user_id, email, remember, target, until, changed_at)
    session["half"] = asdict(half)


def still_stands(half: HalfSignIn) -> bool:
    """False once the account was disabled, or its password changed since the first step."""
    user = queries.get_user(half.user_id)
    return user.disabled_at is None and _changed_at(user) == half.password_changed_at


def _changed_at(user: User) -> float | None:
    return user.password_changed_at.timestamp() if user.password_changed_at else None


def find() -> HalfSignIn | None:
    """The one in this browser's cookie, None where there is none or it has run out."""
    kept = session.get("half")
    half = HalfSignIn(**kept) if isinstance(kept, dict) else None
    return half if half and half.until > clock.now().timestamp() else None
