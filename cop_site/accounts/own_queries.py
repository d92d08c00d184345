"""Reads for the pages of my account."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from cop_site.accounts.account_models import ErasureRequest
from cop_site.accounts.models import Person, SencoAward, User
from cop_site.accounts.queries import hash_token
from cop_site.db import db
from cop_site.schools.models import Authority


@dataclass(frozen=True)
class Overview:
    """What the page of an account says beside the rights.

    ``erasure_asked_at`` while that is open; ``contact_email`` is the service's.
    """

    award: SencoAward | None
    would_mentor: bool
    has_password: bool
    has_feed: bool
    erasure_asked_at: datetime | None
    contact_email: str | None


def get_overview(user_id: int) -> Overview:
    """In one statement."""
    is_open = sa.and_(ErasureRequest.user_id == User.id, ErasureRequest.ended_at.is_(None))
    row = db.session.execute(
        sa.select(
            Person.senco_award,
            Person.would_mentor,
            User.password_hash.is_not(None),
            User.feed_hash.is_not(None),
            ErasureRequest.asked_at,
            sa.select(Authority.contact_email).limit(1).scalar_subquery(),
        )
        .select_from(User)
        .join(Person, Person.id == User.person_id)
        .outerjoin(ErasureRequest, is_open)
        .where(User.id == user_id)
    ).one()
    return Overview(*row)


def get_own_person(person_id: int) -> Person:
    """The row of the person an account belongs to."""
    return db.session.get_one(Person, person_id)


def find_feed_owner(token: str) -> int | None:
    """Whose calendar feed has this address, as a person's id; None for a closed account."""
    return db.session.scalar(
        sa.select(User.person_id).where(
            User.feed_hash == hash_token(token), User.disabled_at.is_(None)
        )
    )
