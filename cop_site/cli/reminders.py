"""Reminders of sessions, as the worker sends them."""

from __future__ import annotations

from cop_site.events import reminder_services
from cop_site.transaction import transaction


def remind_of_sessions() -> int:
    """Remind of each session that is due, in a transaction of its own. Returns how many people."""
    reminded = 0
    for reminder in reminder_services.REMINDERS:
        for event_id, session_id in reminder_services.list_due(reminder):
            with transaction():
                reminded += reminder_services.remind(event_id, session_id, reminder)
    return reminded
