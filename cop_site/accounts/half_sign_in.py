"""Between the first step of signing in and the second: noted in the signed cookie, for 10 minutes.

It opens nothing by itself: it only says whose code is asked for next.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import timedelta

from flask import session

from cop_site import clock

LASTS = timedelta(minutes=10)


@dataclass(frozen=True)
class HalfSignIn:
    user_id: int
    email: str
    remember: bool
    target: str
    until: float


def begin(user_id: int, email: str, *, remember: bool, target: str) -> None:
    until = (clock.now() + LASTS).timestamp()
    session["half"] = asdict(HalfSignIn(user_id, email, remember, target, until))


def find() -> HalfSignIn | None:
    """The one in this browser's cookie, None where there is none or it has run out."""
    kept = session.get("half")
    half = HalfSignIn(**kept) if isinstance(kept, dict) else None
    return half if half and half.until > clock.now().timestamp() else None
