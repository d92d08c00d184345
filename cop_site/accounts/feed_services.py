"""The secret address of somebody's calendar feed. Only its hash is kept."""

from __future__ import annotations

import secrets

from cop_site import audit
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import User
from cop_site.accounts.queries import hash_token
from cop_site.db import db


def make_address(*, by: ActingUser) -> str:
    """A new secret for the address; the one before works no more."""
    user = db.session.get_one(User, by.user_id, with_for_update=True, populate_existing=True)
    token = secrets.token_urlsafe(32)
    verb = "calendar address made" if user.feed_hash is None else "calendar address renewed"
    user.feed_hash = hash_token(token)
    audit.record("user", user.id, verb, by=by.user_id)
    return token


def stop(*, by: ActingUser) -> None:
    """Make the address worthless. Twice is harmless."""
    user = db.session.get_one(User, by.user_id, with_for_update=True, populate_existing=True)
    if user.feed_hash is not None:
        user.feed_hash = None
        audit.record("user", user.id, "calendar address stopped", by=by.user_id)
