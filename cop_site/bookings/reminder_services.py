"""Reminding people of sessions at which they have a place, a week and a day before."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import InstrumentedAttribute

from cop_site import clock
from cop_site.bookings import queries, signals
from cop_site.bookings.apology_links import make_token
from cop_site.bookings.message_services import describe
from cop_site.bookings.models import Booking, BookingState
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState, Session
from cop_site.notifications import queries as outbox
from cop_site.notifications.services import ONCE, Recipient, queue_messages


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


def remind(event_id: int, session_id: int, reminder: Reminder) -> int:
    """Remind everybody with a place at a session, once for each start. Returns how many.

    Whoever got their place after the moment it was due has just been written to, and a reminder
    that comes too late says nothing that the news of the change did not: neither is sent.
    """
    event = event_queries.lock_event(event_id)
    sessions = [one for option in event.options for one in option.sessions]
    session = next((one for one in sessions if one.id == session_id), None)
    if session is None or not _is_due(event, session, reminder):
        return 0
    setattr(session, reminder.done_for.key, session.starts_at)
    due_at = session.starts_at - reminder.before
    if clock.now() >= due_at + reminder.grace:
        return 0
    return _send(event, session, reminder, due_at)


def _is_due(event: Event, session: Session, reminder: Reminder) -> bool:
    """Asked again now that nobody can change it: another worker may have been here."""
    is_near = clock.now() < session.starts_at <= clock.now() + reminder.before
    is_new = getattr(session, reminder.done_for.key) != session.starts_at
    return is_near and is_new and event.state is EventState.PUBLISHED


def _send(event: Event, session: Session, reminder: Reminder, due_at: datetime) -> int:
    version = int(session.starts_at.timestamp()) // 60
    told = outbox.list_recipients("session", session.id, reminder.kind, version)
    messages = [
        _message(booking, event, session)
        for booking in _list_placed(session, event.id, due_at)
        if booking.person.email not in told
    ]
    queue_messages(messages, kind=reminder.kind, thing="session", version=version)
    return len(messages)


def _list_placed(session: Session, event_id: int, due_at: datetime) -> Iterable[Booking]:
    apologised = signals.who_apologised(session.id)
    for booking in queries.list_live_bookings(event_id):
        if booking.person_id in apologised:
            continue
        had_place = booking.place_given_at is not None and booking.place_given_at <= due_at
        comes = booking.state is BookingState.BOOKED and booking.option_id == session.option_id
        if comes and had_place and booking.person.email:
            yield booking


def _message(
    booking: Booking, event: Event, session: Session
) -> tuple[Recipient, int, dict[str, Any]]:
    to = Recipient(booking.person.email or "", booking.person.name)
    context = describe(event, [session], booking.mode, with_link=True)
    return to, session.id, context | {ONCE: make_token(booking.id, session.id)}
