"""Reads for reminding of registers that are still open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Assignment, AssignmentKind, ServiceRole, ServiceRoleKind
from cop_site.attendance.models import REOPENED, Register
from cop_site.attendance.queries import has_anybody
from cop_site.audit import Change
from cop_site.db import db
from cop_site.events.models import Event, EventState, Option, Session
from cop_site.notifications.models import OutboxMessage
from cop_site.schools.cluster_queries import holds_on

KIND = "attendance/register_open"


class LeftOpen(NamedTuple):
    """A session that was held and whose register is not closed.

    ``since`` when: its end, or the last reopening after it. ``reopened`` counts reopenings.
    """

    session_id: int
    event_id: int
    title: str
    starts_at: datetime
    ends_at: datetime
    since: datetime
    reopened: int


def list_left_open(since: datetime, until: datetime) -> list[LeftOpen]:
    """Sessions with people on them that ended by ``until``, left open since ``since`` or later.

    Nobody was reminded of them yet, or not since they were last reopened.
    """
    last = _of_reopenings(sa.func.max(Change.at))
    count = _of_reopenings(sa.func.count(Change.id))
    left_since = sa.case((last > Session.ends_at, last), else_=Session.ends_at)
    rows = db.session.execute(
        sa.select(Session.id, Event.id, Event.title, Session.starts_at, Session.ends_at)
        .add_columns(left_since.label("since"), count.label("reopened"))
        .join(Session.option)
        .join(Option.event)
        .outerjoin(Register, Register.session_id == Session.id)
        .where(Event.state == EventState.PUBLISHED, Register.closed_at.is_(None))
        .where(left_since >= since, Session.ends_at < until, has_anybody(), ~_was_told(count))
        .order_by(left_since, Session.id)
    )
    return [LeftOpen(*row) for row in rows]


def _was_told(reopened: sa.ScalarSelect[int]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        OutboxMessage.thing == "session",
        OutboxMessage.thing_id == Session.id,
        OutboxMessage.kind == KIND,
        OutboxMessage.version == reopened,
    )


def _of_reopenings(what: sa.ColumnElement[Any]) -> sa.ScalarSelect[Any]:
    """``what`` of the reopenings of a register, as its history has them."""
    return (
        sa.select(what)
        .where(Change.thing == "register", Change.thing_id == Register.id, Change.verb == REOPENED)
        .correlate(Register)
        .scalar_subquery()
    )


def takers_of(cluster_id: int | None) -> sa.Select[int]:
    """Ids of the people with a part in a cluster that takes its registers."""
    return (
        sa.select(Assignment.person_id)
        .join(AssignmentKind, AssignmentKind.key == Assignment.kind_key)
        .where(
            Assignment.cluster_id == cluster_id,
            AssignmentKind.takes_registers,
            holds_on(Assignment, clock.today()),
        )
    )


def takers_of_any(roles: Collection[ServiceRoleKind]) -> sa.Select[int]:
    """Ids of the people who hold one of these roles today."""
    return sa.select(ServiceRole.person_id).where(
        ServiceRole.role.in_(roles), holds_on(ServiceRole, clock.today())
    )
