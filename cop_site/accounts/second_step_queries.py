"""Reads of the second step."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.second_step_models import RecoveryCode, SecondStep
from cop_site.db import db


def has_second_step(user_id: int) -> bool:
    """True once it was confirmed: from then on signing in asks for it."""
    query = sa.select(SecondStep.id).where(
        SecondStep.user_id == user_id, SecondStep.confirmed_at.is_not(None)
    )
    return db.session.scalar(query) is not None


def find_second_step(user_id: int) -> SecondStep | None:
    """Begun or confirmed."""
    return db.session.scalar(sa.select(SecondStep).where(SecondStep.user_id == user_id))


def lock_second_step(user_id: int) -> SecondStep | None:
    """As it is now, kept from others until the transaction ends."""
    return db.session.scalar(
        sa.select(SecondStep)
        .where(SecondStep.user_id == user_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def count_recovery_codes(user_id: int) -> int:
    """How many are left."""
    query = sa.select(sa.func.count()).where(
        RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None)
    )
    return db.session.scalar(query) or 0
