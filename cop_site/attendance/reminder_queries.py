"""Reads for reminding of registers that are still open."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import (
    Assignment,
    AssignmentKind,
    Person,
    ServiceRole,
    ServiceRoleKind,
    User,
)
from cop_site.attendance.models import Register
from cop_site.attendance.queries import has_anybody
from cop_site.db import db
from cop_site.events.models import Event, EventState, Facilitator, Option, Session
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


def list_owners(event_id: int) -> list[tuple[str, str]]:
    """Name and address of whoever runs an event and its cluster's EP and AsEP, with an account.

    Where there is nobody, of the support officers and the inclusion lead.
    """
    today = clock.today()
    runs = sa.select(Facilitator.person_id).where(Facilitator.event_id == event_id)
    assigned = (
        sa.select(Assignment.person_id)
        .join(AssignmentKind, AssignmentKind.key == Assignment.kind_key)
        .join(Event, Event.cluster_id == Assignment.cluster_id)
        .where(Event.id == event_id, AssignmentKind.takes_registers, holds_on(Assignment, today))
    )
    takes_any = sa.select(ServiceRole.person_id).where(
        ServiceRole.role.in_([ServiceRoleKind.SUPPORT_OFFICER, ServiceRoleKind.INCLUSION_LEAD]),
        holds_on(ServiceRole, today),
    )
    return _list_addresses(runs.union(assigned)) or _list_addresses(takes_any)


def _list_addresses(person_ids: sa.SelectBase) -> list[tuple[str, str]]:
    rows = db.session.execute(
        sa.select(Person.name, User.email)
        .join(User, User.person_id == Person.id)
        .where(Person.id.in_(person_ids), Person.erased_at.is_(None), User.disabled_at.is_(None))
        .order_by(Person.name, User.email)
    )
    return [(name, email) for name, email in rows]
