"""Asking to be forgotten. An administrator then sees to it: people/erasure_services.py."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import erasure_queries
from cop_site.accounts.account_models import ErasureRequest
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import User
from cop_site.db import db


def ask(*, by: ActingUser) -> ErasureRequest:
    """Ask to be forgotten. Asking again while one is open gives that one."""
    _one_at_a_time(by)
    found = erasure_queries.lock_open(by.user_id)
    if found is not None:
        return found
    request = ErasureRequest(user_id=by.user_id, asked_at=clock.now())
    db.session.add(request)
    db.session.flush()
    audit.record("user", by.user_id, "asked to be forgotten", by=by.user_id)
    return request


def take_back(*, by: ActingUser) -> bool:
    """Take one's open request back. False where there is none (any more)."""
    _one_at_a_time(by)
    found = erasure_queries.lock_open(by.user_id)
    if found is None:
        return False
    found.ended_at = clock.now()
    found.ended_by_user_id = by.user_id
    audit.record("user", by.user_id, "took back being forgotten", by=by.user_id)
    db.session.flush()
    return True


def _one_at_a_time(by: ActingUser) -> None:
    """Two clicks at once: the second waits here and then finds what the first did."""
    db.session.execute(sa.select(User.id).where(User.id == by.user_id).with_for_update())
