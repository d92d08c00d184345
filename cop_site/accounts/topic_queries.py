"""Reads of what people want by email."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from cop_site.accounts.account_models import Topic, UnwantedTopic
from cop_site.accounts.models import Person, User
from cop_site.db import db


def list_unwanted(user_id: int) -> set[Topic]:
    """What somebody chose not to get."""
    query = sa.select(UnwantedTopic.topic).where(UnwantedTopic.user_id == user_id)
    known = set(Topic)
    return {Topic(topic) for topic in db.session.scalars(query) if topic in known}


def find_wishes(topic: Topic, person_ids: Collection[int]) -> dict[int, bool]:
    """Which of these people want mail of a topic. Who has no account is not in it.

    Nobody is asked to want what comes back: an address that bounced gets only service mail.
    """
    own = sa.and_(UnwantedTopic.user_id == User.id, UnwantedTopic.topic == topic.value)
    rows = db.session.execute(
        sa.select(
            User.person_id, sa.and_(UnwantedTopic.topic.is_(None), Person.bounced_at.is_(None))
        )
        .join(Person, Person.id == User.person_id)
        .outerjoin(UnwantedTopic, own)
        .where(User.person_id.in_(person_ids))
    )
    return {person_id: wants for person_id, wants in rows}
