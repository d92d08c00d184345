"""Reads of drafts: sent to be looked over, and due to be published."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRole, ServiceRoleKind, User
from cop_site.audit import Change
from cop_site.db import db
from cop_site.events.models import Event, EventState
from cop_site.events.tag_queries import sent_by
from cop_site.schools.cluster_queries import holds_on


def list_to_look_over(visible: sa.ColumnElement[bool], limit: int = 5) -> list[Any]:
    """Id, title, start and sender of drafts that were sent; the first sent first."""
    sent = sa.select(Event.id, Event.title, Event.starts_at, sent_by().label("sent_by"))
    sent = sent.where(Event.state == EventState.DRAFT, Event.sent_at.is_not(None), visible)
    return list(db.session.execute(sent.order_by(Event.sent_at, Event.id).limit(limit)))


def list_own_drafts(user_id: int, limit: int = 10) -> list[Any]:
    """What somebody drafted that is still to come, with what became of it."""
    moments = (Event.starts_at, Event.sent_at, Event.published_at)
    sent_back = (_last_sent_back(column).label(name) for name, column in _SENT_BACK.items())
    query = sa.select(Event.id, Event.title, *moments, *sent_back).where(
        Event.created_by_user_id == user_id,
        Event.state != EventState.CANCELLED,
        Event.ends_at > clock.now(),
    )
    return list(db.session.execute(query.order_by(Event.starts_at, Event.id).limit(limit)))


_SENT_BACK: dict[str, Any] = {"sent_back_at": Change.at, "comment": Change.reason}


def _last_sent_back(column: Any) -> sa.ScalarSelect[Any]:
    """Of the event around. The record of changes has every time and comment."""
    last = sa.select(column).where(*_is_sent_back(Event.id)).order_by(Change.id.desc()).limit(1)
    return last.correlate(Event).scalar_subquery()


def _is_sent_back(event_id: Any) -> tuple[sa.ColumnElement[bool], ...]:
    return Change.thing == "event", Change.thing_id == event_id, Change.verb == "sent back"


def find_sent_back(event_id: int) -> Any | None:
    """When a draft was last sent back, with which comment, and by whom; None if it never was."""
    query = sa.select(Change.at, Change.reason.label("comment"), Person.name.label("by"))
    query = query.outerjoin(User, User.id == Change.by_user_id)
    query = query.outerjoin(Person, Person.id == User.person_id)
    last = query.where(*_is_sent_back(event_id)).order_by(Change.id.desc()).limit(1)
    return db.session.execute(last).one_or_none()


def list_leads() -> list[tuple[str, str]]:
    """Address and name of each inclusion lead of today whose account is open."""
    own = sa.select(User.email, Person.name).join(Person, Person.id == User.person_id)
    leads = own.join(ServiceRole, ServiceRole.person_id == User.person_id)
    leads = leads.where(
        User.disabled_at.is_(None),
        ServiceRole.role == ServiceRoleKind.INCLUSION_LEAD,
        holds_on(ServiceRole, clock.today()),
    )
    rows = db.session.execute(leads.distinct().order_by(User.email))
    return [(row.email, row.name) for row in rows]


def maker_of(event_id: int) -> sa.Select[int]:
    """The id of the person who made an event."""
    made = sa.select(User.person_id).join(Event, Event.created_by_user_id == User.id)
    return made.where(Event.id == event_id)


def list_to_publish() -> list[int]:
    """Drafts whose time to be published has come, the first due first."""
    query = sa.select(Event.id).where(
        Event.state == EventState.DRAFT, Event.publish_at <= clock.now()
    )
    return list(db.session.scalars(query.order_by(Event.publish_at, Event.id)))
