"""What an induction offers to a SENCO who is new."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cop_site import clock
from cop_site.bookings.ahead_queries import is_suggestible
from cop_site.bookings.place_queries import NOW
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Option
from cop_site.people.new_in_role_queries import SINCE, was_senco_by, year_before
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on


def find_next_induction(person_id: int, school_ids: Collection[int]) -> Event | None:
    """The next induction that they never booked; None for who was a SENCO a year ago.

    One for everybody, or for a cluster of these schools, and for them where it has an audience.
    Options and dates loaded, one statement.
    """
    today = clock.today()
    asked = {
        "person_id": person_id,
        "school_ids": list(school_ids),
        "day": today,
        "since": year_before(today),
        "now": clock.now(),
    }
    return db.session.scalars(_next_induction(), asked).unique().one_or_none()


@cache
def _next_induction() -> sa.Select[Event]:
    first = _unbooked().order_by(Event.starts_at, Event.id).limit(1).scalar_subquery()
    return (
        sa.select(Event)
        .where(Event.id == first)
        .options(joinedload(Event.options).joinedload(Option.sessions))
    )


def _unbooked() -> sa.Select[int]:
    person: sa.BindParameter[int] = sa.bindparam("person_id", type_=sa.Integer())
    own = sa.select(ClusterMembership.cluster_id).where(
        ClusterMembership.school_id.in_(sa.bindparam("school_ids", expanding=True)),
        holds_on(ClusterMembership, DAY),
    )
    return sa.select(Event.id).where(
        Event.kind == EventKind.INDUCTION,
        Event.state == EventState.PUBLISHED,
        Event.starts_at > NOW,
        sa.or_(Event.cluster_id.is_(None), Event.cluster_id.in_(own)),
        *is_suggestible(),
        ~was_senco_by(person, SINCE),
    )
