"""Reads of changes of address."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts import queries
from cop_site.accounts.account_models import AddressChange
from cop_site.accounts.models import User
from cop_site.db import db


def find_open_change(user_id: int) -> AddressChange | None:
    """The change that an account waits for, as it is now."""
    return db.session.scalar(
        sa.select(AddressChange)
        .where(
            AddressChange.user_id == user_id,
            AddressChange.ended_at.is_(None),
            AddressChange.expires_at > clock.now(),
        )
        .execution_options(populate_existing=True)
    )


def count_asked(user_id: int, *, since: datetime) -> int:
    """How many changes an account asked for since a moment."""
    query = sa.select(sa.func.count()).where(
        AddressChange.user_id == user_id, AddressChange.asked_at > since
    )
    return db.session.scalar(query) or 0


def is_taken(email: str) -> bool:
    """True where somebody has this address, with an account or without one."""
    account = sa.select(User.id).where(User.email == email)
    return db.session.scalar(account) is not None or queries.find_person_by_email(email) is not None
