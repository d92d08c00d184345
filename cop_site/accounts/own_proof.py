"""Is it really them? Asked before what would let an open browser lock its owner out.

Proof is the password; without one it is a sign-in of a moment ago. Noted in the signed cookie,
for this sign-in alone and for 10 minutes.
"""

from __future__ import annotations

from datetime import timedelta

from flask import session
from flask_login import current_user

from cop_site import clock
from cop_site.accounts import (
    queries,
    services,
)
from cop_site.errors import DomainError
from cop_site.transaction import transaction

LASTS = timedelta(minutes=10)
FRESH = timedelta(minutes=15)
SIGN_IN_AGAIN = "You signed in more than 15 minutes ago. Sign out, then sign in again."


def asks_password() -> bool:
    """True where this person has one to prove themselves with."""
    return queries.get_user(current_user.user_id).password_hash is not None


def is_too_old() -> bool:
    """True where there is no password and the sign-in is no proof any more."""
    return not asks_password() and not _is_fresh()


def prove(password: str) -> None:
    """Look at the password and note that it was right, or that none was needed.

    Each try is counted on its own, as at sign-in: a stolen open browser must not guess.
    Raises DomainError where it is wrong, or where there is none and the sign-in is too old.
    """
    if asks_password():
        with transaction():
            services.count_guess(current_user.email, device="account", address="")
        services.check_own_password(current_user.email, password)
    elif not _is_fresh():
        raise DomainError(SIGN_IN_AGAIN)
    session["proved"] = [current_user.sign_in_id, (clock.now() + LASTS).timestamp()]


def stands() -> bool:
    """True while the proof of this sign-in lasts."""
    sign_in_id, until = session.get("proved") or (0, 0.0)
    return bool(sign_in_id == current_user.sign_in_id and until > clock.now().timestamp())


def _is_fresh() -> bool:
    return clock.now() - queries.get_sign_in(current_user.sign_in_id).started_at < FRESH
