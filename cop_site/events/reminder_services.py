"""Reminding people of sessions at which they have a place, a week and a day before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from cop_site import clock
from cop_site.db import db
from cop_site.events import booking_queries
from cop_site.events.booking_models import Booking, BookingState
from cop_site.events.booking_queries import Locked
from cop_site.events.message_services import describe
from cop_site.events.models import Event, EventState, Option, Session
from cop_site.notifications import queries as outbox
from cop_site.notifications.services import Recipient, queue_messages


@dataclass(frozen=True)
class Reminder:
    """When it goes, ``before`` a start, and no later than ``grace`` after that moment.

    ``done_for`` is the start it was last sent for, whoever had a place then.
    """

    kind: str
    before: timedelta
    grace: timedelta
    done_for: InstrumentedAttribute[datetime | None]


WEEK = Reminder(
    "events/reminder_week", timedelta(days=7), timedelta(days=2), Session.week_reminder_for
)
DAY = Reminder(
    "events/reminder_day", timedelta(days=1), timedelta(days=1), Session.day_reminder_for
)
REMINDERS = (WEEK, DAY)


def list_due(reminder: Reminder) -> list[tuple[int, int]]:
    """The events and sessions that a reminder is due for, the nearest first. One statement."""
    now = clock.now()
    query = (
        sa.select(Option.event_id, Session.id)
        .join(Option, Option.id == Session.option_id)
        .join(Event, Event.id == Option.event_id)
        .where(
            Event.state == EventState.PUBLISHED,
            Session.starts_at > now,
            Session.starts_at <= now + reminder.before,
            reminder.done_for.is_distinct_from(Session.starts_at),
        )
        .order_by(Session.starts_at, Session.id)
    )
    return [(event_id, session_id) for event_id, session_id in db.session.execute(query)]


def remind(event_id: int, session_id: int, reminder: Reminder) -> int:
    """Remind everybody with a place at a session, once for each start. Returns how many.

    Whoever got their place after the moment it was due has just been written to, and a reminder
    that comes too late says nothing that the news of the change did not: neither is sent.
    """
    locked = booking_queries.lock_option(event_id)
    session = next((one for one in locked.sessions if one.id == session_id), None)
    if session is None or not _is_due(locked.event, session, reminder):
        return 0
    setattr(session, reminder.done_for.key, session.starts_at)
    due_at = session.starts_at - reminder.before
    if clock.now() >= due_at + reminder.grace:
        return 0
    return _send(locked, session, reminder, due_at)


def _is_due(event: Event, session: Session, reminder: Reminder) -> bool:
    """Asked again now that nobody can change it: another worker may have been here."""
    is_near = clock.now() < session.starts_at <= clock.now() + reminder.before
    is_new = getattr(session, reminder.done_for.key) != session.starts_at
    return is_near and is_new and event.state is EventState.PUBLISHED


def _send(locked: Locked, session: Session, reminder: Reminder, due_at: datetime) -> int:
    version = int(session.starts_at.timestamp()) // 60
    told = outbox.list_recipients("session", session.id, reminder.kind, version)
    messages = [
        _message(booking, locked.event, session)
        for booking in _list_placed(locked.event.id, due_at)
        if booking.person.email not in told
    ]
    queue_messages(messages, kind=reminder.kind, thing="session", version=version)
    return len(messages)


def _list_placed(event_id: int, due_at: datetime) -> Iterable[Booking]:
    for booking in booking_queries.list_live_bookings(event_id):
        had_place = booking.place_given_at is not None and booking.place_given_at <= due_at
        if booking.state is BookingState.BOOKED and had_place and booking.person.email:
            yield booking


def _message(
    booking: Booking, event: Event, session: Session
) -> tuple[Recipient, int, dict[str, Any]]:
    to = Recipient(booking.person.email or "", booking.person.name)
    return to, session.id, describe(event, [session], booking.mode, with_link=True)
