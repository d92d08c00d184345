"""Reads of an event: whole, and locked."""

from __future__ import annotations

from functools import cache, lru_cache

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, with_expression

from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events import signals, tag_queries
from cop_site.events.models import Event, Facilitator, Option, Session
from cop_site.schools.cluster_models import Cluster

# Options stand in the order of their rows, so by their first date.
IN_TIME = (Session.starts_at, Option.position, Option.id, Session.id)


def get_event(event_id: int, visible: sa.ColumnElement[bool]) -> Event:
    """The event with cluster, options, sessions and facilitators, in one statement.

    Raises NotFoundError where there is none that the person may know of.
    """
    found = db.session.scalars(_whole_event(visible), {"event_id": event_id})
    event = found.unique().one_or_none()
    if event is None:
        raise NotFoundError("There is no such event.")
    return event


# For most people the condition is one and the same; a manager's own is soon forgotten.
@lru_cache(maxsize=64)
def _whole_event(visible: sa.ColumnElement[bool]) -> sa.Select[Event]:
    return (
        sa.select(Event)
        .outerjoin(Event.cluster)
        .join(Event.options)
        .join(Option.sessions)
        .outerjoin(Event.facilitators)
        .outerjoin(Facilitator.person)
        .where(Event.id == sa.bindparam("event_id"), visible)
        .options(
            contains_eager(Event.cluster),
            contains_eager(Event.options).contains_eager(Option.sessions),
            contains_eager(Event.facilitators).contains_eager(Facilitator.person),
            with_expression(Event.tag_lines, tag_queries.tag_lines()),
            with_expression(Event.speaker_lines, tag_queries.speaker_lines()),
            with_expression(Event.sent_by, tag_queries.sent_by()),
            with_expression(Event.material_lines, signals.material_lines()),
        )
        .order_by(*IN_TIME, Person.name)
        .execution_options(populate_existing=True)
    )


def lock_event(event_id: int) -> Event:
    """The event with its options and dates as they are now, locked until the transaction ends.

    Whoever cancels, or changes dates or capacity, waits here for the one before. In two steps:
    PostgreSQL reads a row that it waited for afresh, but never one that was added meanwhile.
    """
    waited = sa.select(Event.id).where(Event.id == event_id).with_for_update()
    db.session.execute(waited)
    return lock_to_book(event_id)


def lock_to_book(event_id: int) -> Event:
    """As ``lock_event`` in one step: a date added in this very moment may be missing.

    A booking can bear that, and it saves a statement. All rows are locked, as the event may have
    been cancelled meanwhile.
    """
    found: Event | None = (
        db.session.scalars(_locking(), {"event_id": event_id}).unique().one_or_none()
    )
    if found is None:
        raise NotFoundError("There is no such event.")
    return found


@cache
def _locking() -> sa.Select[Event]:
    return (
        sa.select(Event)
        .join(Event.options)
        .join(Option.sessions)
        .where(Event.id == sa.bindparam("event_id"))
        .options(contains_eager(Event.options).contains_eager(Option.sessions))
        .order_by(*IN_TIME)
        # The event first, as in lock_event: rows are locked in this order.
        .with_for_update(of=[Event, Option, Session])
        .execution_options(populate_existing=True)
    )


def list_event_clusters() -> list[tuple[int, str]]:
    """The clusters an event may be for, id and name."""
    return [(row.id, row.name) for row in db.session.execute(_clusters())]


@cache
def _clusters() -> sa.Executable:
    return sa.select(Cluster.id, Cluster.name).order_by(Cluster.name)
