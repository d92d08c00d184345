"""Publishing a draft by itself, at a time, and asking the service to publish one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, refuse_stale
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState
from cop_site.planning import draft_message_services, services


def publishing_of(event: Event) -> dict[str, Any]:
    """The day and time that are set, as they are typed; None for both where none is."""
    at = clock.london(event.publish_at) if event.publish_at else None
    return {"day": at and at.date(), "at": at and at.time()}


def set_publishing(event_id: int, at: datetime | None, *, seen: str, by: ActingUser) -> Event:
    """Publish a draft at this moment; None: not by itself after all.

    Raises StaleEditError where somebody else set another since ``seen``, DomainError where it is
    no draft or the moment is past or not before the event.
    """
    event = event_queries.lock_event(event_id)
    if event.state is not EventState.DRAFT:
        raise DomainError("This event is not a draft any more.")
    if at is not None:
        refuse_stale(seen, publishing_of(event))
        _check(event, at)
    was, event.publish_at = event.publish_at, at
    if was != at:
        audit.record(
            "event",
            event.id,
            "to be published",
            by=by.user_id,
            was={"publish_at": was and was.isoformat()},
            now={"publish_at": at and at.isoformat()},
        )
    db.session.flush()
    return event


def send_draft(event_id: int, *, by: ActingUser) -> None:
    """Ask the service to look over a draft and publish it. Twice is harmless."""
    event = event_queries.lock_event(event_id)
    if event.state is not EventState.DRAFT:
        raise DomainError("This event is not a draft any more.")
    if event.sent_at is None:
        event.sent_at = clock.now()
        audit.record("event", event.id, "sent to be looked over", by=by.user_id)
        draft_message_services.tell_sent(event, by)
    db.session.flush()


def send_back(event_id: int, comment: str, *, by: ActingUser) -> bool:
    """Ask who drafted an event to change it: it is a draft of theirs again, and not published.

    False where nobody is left to ask. Raises DomainError where it does not wait to be looked over.
    """
    event = event_queries.lock_event(event_id)
    if event.state is not EventState.DRAFT or event.sent_at is None:
        raise DomainError("This draft does not wait to be looked over any more.")
    event.sent_at = event.publish_at = None
    event.version += 1
    audit.record("event", event.id, "sent back", by=by.user_id, reason=comment)
    is_told = draft_message_services.tell_sent_back(event, comment, by)
    db.session.flush()
    return is_told


def _check(event: Event, at: datetime) -> None:
    if at <= clock.now():
        raise DomainError("Enter a time that is still to come", field="day")
    if at >= event.starts_at:
        raise DomainError("Enter a time before the event begins", field="day")


def publish_due(event_id: int) -> bool:
    """Publish a draft whose time has come, once. One that began meanwhile stays a draft."""
    event = event_queries.lock_event(event_id)
    is_due = event.publish_at is not None and event.publish_at <= clock.now()
    if event.state is not EventState.DRAFT or not is_due:
        return False
    if event.starts_at > clock.now():
        services.publish(event, by=None)
        return True
    event.publish_at = None
    audit.record("event", event.id, "not published", by=None, reason="It had begun")
    return False
