"""``flask worker``: delivers mail and runs what is due."""

from __future__ import annotations

import signal
import threading

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy.exc import SQLAlchemyError

from cop_site.db import db
from cop_site.notifications.delivery import deliver_due

PAUSE = 2.0


@click.command("worker")
@click.option("--once", is_flag=True, help="Do what is due now, then stop.")
@with_appcontext
def worker(once: bool) -> None:
    """Deliver messages and run what is due, until told to stop."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    while not stop.is_set():
        done = _work()
        if once and not done:
            return
        if not done:
            stop.wait(PAUSE)


def _work() -> int:
    """One round. A database that is away is waited for: the messages are safe in it."""
    try:
        return deliver_due()
    except SQLAlchemyError as error:
        current_app.logger.error("worker: %s", type(error).__name__)
        return 0
    finally:
        db.session.remove()
