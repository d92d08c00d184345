"""Reads of held sessions with their registers, now or as known at a moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, time
from functools import cache
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.attendance.models import REOPENED, Register
from cop_site.audit import Change
from cop_site.db import db
from cop_site.events.models import Event, EventKind, EventState, Option, Session
from cop_site.reports.fact_models import CountedSession
from cop_site.schools.term_models import Period

CLOSED = "closed"


def list_sessions(
    periods: Collection[Period], now: datetime, known_at: datetime | None = None
) -> list[CountedSession]:
    """Sessions of published events that begin in one of the periods, in one statement.

    Of the SENCO network also those to come; of other kinds only those begun by ``now``.
    ``known_at`` looks at when the event was published and cancelled and at the history of its
    register. An event's kind and times are today's: their history is not kept apart.
    """
    within = sa.or_(*(_in_period(period) for period in periods))
    wanted = sa.or_(Event.kind == EventKind.SENCO_NETWORK, Session.starts_at <= now)
    return _read(within, wanted, known_at=known_at)


def list_network_sessions(as_at: date) -> list[CountedSession]:
    """Every session of the SENCO network up to a day, of whatever term."""
    until = Session.starts_at < day_begins(as_at + clock.ONE_DAY)
    return _read(Event.kind == EventKind.SENCO_NETWORK, until, known_at=None)


def _read(*wanted: sa.ColumnElement[bool], known_at: datetime | None) -> list[CountedSession]:
    query = _sessions() if known_at is None else _sessions_known_at(known_at)
    ordered = query.where(*wanted).order_by(Session.starts_at, Session.id)
    rows = db.session.execute(ordered)
    return [_session(row, known_at) for row in rows]


@cache
def _sessions() -> Any:
    return _sessions_known_at(None)


def _sessions_known_at(known_at: datetime | None) -> Any:
    return (
        sa.select(
            *(Session.id, Session.starts_at, Session.ends_at, Event.governors_count),
            _register_is_closed(known_at).label("is_closed"),
            *(Event.kind, Event.cluster_id, Register.first_closed_at, Event.title),
        )
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
        .outerjoin(Register, Register.session_id == Session.id)
        .where(is_published(known_at))
    )


def _session(row: Any, known_at: datetime | None) -> CountedSession:
    first = row.first_closed_at
    known = first is not None and (known_at is None or first <= known_at)
    return CountedSession(
        session_id=row.id,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        governors_count=row.governors_count,
        is_closed=bool(row.is_closed),
        kind=row.kind,
        cluster_id=row.cluster_id,
        first_closed_at=first if known else None,
        title=row.title,
    )


def _in_period(period: Period) -> sa.ColumnElement[bool]:
    begins = Session.starts_at >= day_begins(period.starts_on)
    if period.ends_on is None:
        return begins
    return sa.and_(begins, Session.starts_at < day_begins(period.ends_on + clock.ONE_DAY))


def day_begins(day: date) -> datetime:
    """Midnight in London."""
    return clock.from_london(day, time.min)


def is_published(known_at: datetime | None) -> sa.ColumnElement[bool]:
    if known_at is None:
        return Event.state == EventState.PUBLISHED
    return sa.and_(
        Event.published_at <= known_at,
        sa.or_(Event.cancelled_at.is_(None), Event.cancelled_at > known_at),
    )


def _register_is_closed(known_at: datetime | None) -> sa.ColumnElement[bool]:
    """Now: the row says. Then: the last time it was closed or reopened, where that was kept."""
    if known_at is None:
        return Register.closed_at.is_not(None)
    history = sa.select(Change.verb).where(
        Change.thing == "register",
        Change.thing_id == Register.id,
        Change.verb.in_((CLOSED, REOPENED)),
    )
    last = history.where(Change.at <= known_at).order_by(Change.id.desc()).limit(1)
    return sa.case(
        (history.exists(), sa.func.coalesce(last.scalar_subquery(), "") == CLOSED),
        else_=sa.func.coalesce(Register.closed_at <= known_at, sa.false()),
    )
