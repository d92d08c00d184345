"""Copying an event: the next of a series is a draft of the one before."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import Base, db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState, Option, Session
from cop_site.planning import audience_services, change_services

# What belongs to the one event. Everything else is copied, its moments moved to the new day.
EVENTS_OWN = (
    *("id", "state", "calendar_uid", "sequence", "version", "series_id", "publish_at"),
    "sent_at",
    *("created_by_user_id", "created_at", "published_at", "cancelled_at", "cancel_reason"),
)
SESSIONS_OWN = ("id", "option_id", "week_reminder_for", "day_reminder_for")


def copy_event(event_id: int, day: date, key: str, *, by: ActingUser) -> Event:
    """A draft of the same whose first date is ``day``; every date moves by as many days.

    Times on the clock in London stay. Nobody's booking is copied. The same ``key`` and day
    again, as of a second click, give the copy there is. Raises DomainError for a day that is over.
    """
    source = event_queries.lock_event(event_id)
    uid = hashlib.sha256(f"{event_id}:{by.user_id}:{day}:{key}".encode()).hexdigest()[:32]
    made = db.session.scalar(sa.select(Event).where(Event.calendar_uid == uid))
    if made is not None:
        return made
    if day < clock.today():
        raise DomainError("Enter a day that is still to come", field="day")
    days = day - clock.london_date(source.starts_at)
    source.series_id = source.series_id or source.id
    copy = Event(
        **_copied(source, days, EVENTS_OWN),
        state=EventState.DRAFT,
        calendar_uid=uid,
        series_id=source.series_id,
        created_by_user_id=by.user_id,
        created_at=clock.now(),
    )
    for option in source.options:
        there = Option(event=copy, **_copied(option, days, ("id", "event_id")))
        there.sessions = [
            Session(**_copied(session, days, SESSIONS_OWN)) for session in option.sessions
        ]
    change_services.set_span(copy)
    db.session.add(copy)
    db.session.flush()
    _copy_plan(source, copy)
    told = {"copied_from_id": source.id, "starts_at": copy.starts_at.isoformat()}
    audit.record("event", copy.id, "copied", by=by.user_id, now=told)
    return copy


def _copied(row: Base, days: timedelta, own: tuple[str, ...]) -> dict[str, Any]:
    """Its columns but those that are its own, each moment and date later by so many days."""
    names = type(row).__table__.columns.keys()
    return {name: _later(getattr(row, name), days) for name in names if name not in own}


def _later(value: Any, days: timedelta) -> Any:
    if isinstance(value, datetime):
        return clock.move_days(value, days)
    return value + days if isinstance(value, date) else value


def _copy_plan(source: Event, copy: Event) -> None:
    plan = audience_services.read_plan(source)
    audience_services.save_facilitators(copy.id, plan.facilitators)
    audience_services.save_tags(copy.id, plan.tags)
    audience_services.save_speakers(copy.id, plan.speakers)
    db.session.flush()
