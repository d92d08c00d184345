"""What is due at events, as the worker does it: drafts, reminders, and places to offer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from flask import current_app
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from cop_site import clock
from cop_site.bookings import (
    colleague_queries,
    colleague_services,
    due_queries,
    reminder_services,
    waiting_services,
)
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.planning import publish_services
from cop_site.planning import queries as planning_queries
from cop_site.transaction import transaction


def _each(ids: Iterable[tuple[int, ...]], act: Callable[..., int | None]) -> int:
    """``act`` on each in a transaction of its own. One that fails is logged and stops no other.

    Returns what they gave, or how many there were where they give nothing. A database that is
    away stops all of them.
    """
    done = 0
    for one in ids:
        try:
            with transaction():
                given = act(*one)
        except OperationalError:
            raise
        except (DomainError, SQLAlchemyError) as error:
            current_app.logger.error("events %s: %s", one, type(error).__name__)
        else:
            done += 1 if given is None else given
    return done


def publish_drafts() -> int:
    """Publish what is due. Returns how many events."""
    return _each(
        [(id_,) for id_ in planning_queries.list_to_publish()], publish_services.publish_due
    )


def remind_of_sessions() -> int:
    """Remind of each session that is due. Returns how many people."""
    return sum(
        _each(
            due_queries.list_to_remind(reminder.before, reminder.done_for),
            partial(reminder_services.remind, reminder=reminder),
        )
        for reminder in reminder_services.REMINDERS
    )


def let_go_unnamed() -> int:
    """Two days before, places for people to be confirmed go on. Returns how many."""
    due = colleague_queries.list_to_name(clock.now() + colleague_services.NAMED_BY)
    return _each(due, colleague_services.let_go_unnamed)


def offer_places() -> int:
    """End offers that ran out and offer what is free, event by event. Returns how many events."""
    return _each([(id_,) for id_ in due_queries.list_unsettled()], _settle)


def _settle(event_id: int) -> None:
    waiting_services.settle(event_queries.lock_event(event_id))
