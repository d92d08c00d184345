"""Reads for reminding of registers that are still open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Assignment, AssignmentKind, ServiceRole, ServiceRoleKind
from cop_site.attendance.models import Register
from cop_site.attendance.queries import has_anybody
from cop_site.db import db
from cop_site.events.models import Event, EventState, Option, Session
from cop_site.notifications.models import OutboxMessage
from cop_site.schools.cluster_queries import holds_on

KIND = "attendance/register_open"


class LeftOpen(NamedTuple):
    """A session that was held and whose register is not closed."""

    session_id: int
    event_id: int
    title: str
    starts_at: datetime
    ends_at: datetime


def list_left_open(since: datetime, until: datetime) -> list[LeftOpen]:
    """Sessions that ended between, with people on them, of which nobody was reminded yet."""
    closed = sa.select(Register.session_id).where(Register.closed_at.is_not(None))
    told = sa.exists().where(
        OutboxMessage.thing == "session",
        OutboxMessage.thing_id == Session.id,
        OutboxMessage.kind == KIND,
    )
    rows = db.session.execute(
        sa.select(Session.id, Event.id, Event.title, Session.starts_at, Session.ends_at)
        .join(Session.option)
        .join(Option.event)
        .where(
            Session.ends_at >= since,
            Session.ends_at < until,
            Event.state == EventState.PUBLISHED,
            Session.id.not_in(closed),
            has_anybody(),
            ~told,
        )
        .order_by(Session.ends_at, Session.id)
    )
    return [LeftOpen(*row) for row in rows]


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
