"""Reads of who asked to be forgotten."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from cop_site.accounts.account_models import ErasureRequest
from cop_site.accounts.models import Person, User
from cop_site.db import db


@dataclass(frozen=True)
class AskedErasure:
    """An open request, and whose it is."""

    person_id: int
    user_id: int
    name: str
    email: str
    asked_at: datetime


def lock_open(user_id: int) -> ErasureRequest | None:
    """The account's request that nobody has seen to yet, locked for a change."""
    return db.session.scalar(
        sa.select(ErasureRequest)
        .where(ErasureRequest.user_id == user_id, ErasureRequest.ended_at.is_(None))
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def list_open(*conditions: sa.ColumnElement[bool]) -> list[AskedErasure]:
    """Who asked and was not seen to yet, the longest wait first."""
    rows = db.session.execute(
        sa.select(User.person_id, User.id, Person.name, User.email, ErasureRequest.asked_at)
        .join(User, User.id == ErasureRequest.user_id)
        .join(Person, Person.id == User.person_id)
        .where(ErasureRequest.ended_at.is_(None), *conditions)
        .order_by(ErasureRequest.asked_at, ErasureRequest.id)
    )
    return [AskedErasure(*row) for row in rows]


def find_asking(user_id: int) -> AskedErasure | None:
    """The open request of one account."""
    return next(iter(list_open(User.id == user_id)), None)


def list_asking(user_ids: Collection[int]) -> list[str]:
    """The addresses of those of these accounts whose owner asks to be forgotten."""
    query = sa.select(User.email).join(ErasureRequest, ErasureRequest.user_id == User.id)
    asking = query.where(User.id.in_(user_ids), ErasureRequest.ended_at.is_(None))
    return list(db.session.scalars(asking))
