"""``flask worker``: delivers mail and runs what is due."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Collection

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from cop_site.cli.events import (
    let_go_unnamed,
    offer_places,
    publish_drafts,
    remind_of_sessions,
)
from cop_site.cli.housekeeping import Night, end_short_lived
from cop_site.cli.registers import remind_of_registers
from cop_site.cli.senco_check import ask_about_sencos
from cop_site.cli.surveys import close_due, keep_open
from cop_site.db import db
from cop_site.follow_up import material_queries
from cop_site.notifications.delivery import deliver_due
from cop_site.schools import upload_queries
from cop_site.schools.setting_services import settle_statuses
from cop_site.storage import StoreAwayError
from cop_site.toolkit import queries as toolkit_queries
from cop_site.transaction import transaction
from cop_site.web.uploads import store

PAUSE = 2.0
TIDY_EVERY = 3600.0
EVERY_MINUTE = 60.0


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@with_appcontext
def worker(once: bool) -> None:
    """Deliver messages and run what is due, until told to stop."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    night = Night()
    has_more = False
    tidy_until = asked_until = 0.0
    while not stop.is_set():
        if time.monotonic() >= tidy_until:
            _attempt(night.begin)
            _attempt(_settle)
            _attempt(_sweep)
            _attempt(ask_about_sencos)
            _attempt(remind_of_registers)
            has_more = True
            tidy_until = time.monotonic() + TIDY_EVERY
        if time.monotonic() >= asked_until:
            _attempt(keep_open)
            _attempt(close_due)
            _attempt(publish_drafts)
            _attempt(remind_of_sessions)
            _attempt(let_go_unnamed)
            _attempt(offer_places)
            asked_until = time.monotonic() + EVERY_MINUTE
        # No mail waits for more than a turn of either.
        has_more = has_more and bool(_attempt(end_short_lived))
        done = has_more + _attempt(night.take_turn) + _attempt(deliver_due)
        if once and not done:
            return
        if not done:
            stop.wait(PAUSE)


def _settle() -> int:
    """Let what has a day come to it."""
    with transaction():
        return settle_statuses()


def _sweep() -> int:
    """Delete files that an upload which was killed, or a draft that was deleted, left behind."""
    return store().sweep(_list_named)


def _list_named(addresses: Collection[str]) -> set[str]:
    """Which of these files something names."""
    return set().union(
        toolkit_queries.list_named_files(addresses),
        material_queries.list_named_files(addresses),
        upload_queries.list_named_files(addresses),
    )


def _attempt(job: Callable[[], int]) -> int:
    """One round of a job. A database or store that is away is waited for: nothing is lost."""
    try:
        return job()
    except (SQLAlchemyError, StoreAwayError) as error:
        current_app.logger.error("worker: %s", type(error).__name__)
        return 0
    finally:
        db.session.remove()
