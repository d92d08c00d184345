"""Forgetting what is kept only for a while."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import SignInGuess
from cop_site.db import db

GUESSES_KEPT = timedelta(days=1)


def forget_guesses() -> None:
    """Delete tries at passwords that no limit counts any more, and the addresses with them."""
    old = SignInGuess.at < clock.now() - GUESSES_KEPT
    db.session.execute(sa.delete(SignInGuess).where(old))
