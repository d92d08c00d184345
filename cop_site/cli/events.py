"""What is due at events, as the worker does it: drafts, reminders, and places to offer."""

from __future__ import annotations

from cop_site import clock
from cop_site.events import (
    booking_queries,
    colleague_queries,
    colleague_services,
    due_queries,
    publish_services,
    reminder_services,
    waiting_services,
)
from cop_site.transaction import transaction


def publish_drafts() -> int:
    """Publish what is due, each in a transaction of its own. Returns how many events."""
    published = 0
    for event_id in due_queries.list_to_publish():
        with transaction():
            published += publish_services.publish_due(event_id)
    return published


def remind_of_sessions() -> int:
    """Remind of each session that is due, in a transaction of its own. Returns how many people."""
    reminded = 0
    for reminder in reminder_services.REMINDERS:
        for event_id, session_id in due_queries.list_to_remind(reminder.before, reminder.done_for):
            with transaction():
                reminded += reminder_services.remind(event_id, session_id, reminder)
    return reminded


def let_go_unnamed() -> int:
    """Two days before, places for people to be confirmed go on. Returns how many."""
    until = clock.now() + colleague_services.NAMED_BY
    due = colleague_queries.list_to_name(until)
    for event_id, booking_id in due:
        with transaction():
            colleague_services.let_go_unnamed(event_id, booking_id)
    return len(due)


def offer_places() -> int:
    """End offers that ran out and offer what is free, event by event. Returns how many events."""
    event_ids = due_queries.list_unsettled()
    for event_id in event_ids:
        with transaction():
            waiting_services.settle(booking_queries.lock_event(event_id))
    return len(event_ids)
