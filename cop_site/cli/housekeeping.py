"""``flask housekeeping``: ends what has been kept long enough. The worker does so every night."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import click
from flask import current_app
from flask.cli import with_appcontext

from cop_site.cli.refusals import one_sentence
from cop_site.db import db
from cop_site.keeping import Kept, say_time
from cop_site.schools import retention_queries, retention_services
from cop_site.transaction import transaction

# Seconds after which a night's run lets the worker deliver mail, before it goes on.
TURN = 20.0
T = TypeVar("T")
# Pauses after each transaction, and gives a result at its end.
Steps = Generator[None, None, T]


@click.command("housekeeping")
@click.option("--dry-run", is_flag=True, help="Count what is due, and change nothing.")
@with_appcontext
def housekeeping(dry_run: bool) -> None:
    """Delete or anonymise what has been kept long enough, and say what was done.

    Killed, it is simply started again.
    """
    with one_sentence():
        if dry_run:
            _say_due()
            return
        with transaction():
            run_id = retention_services.begin_run().id
        tallies = keep_house(run_id)
    for kept in _list_kept():
        tally = tallies[kept.key]
        failed = f", {tally.failed} failed" if tally.failed else ""
        click.echo(f"{kept.what}: {tally.ended}{failed}")
    if any(tally.failed for tally in tallies.values()):
        raise click.ClickException("Not all is done. The log says what went wrong.")


def _list_kept() -> tuple[Kept, ...]:
    kept: tuple[Kept, ...] = current_app.extensions["kept"]
    return kept


def _say_due() -> None:
    days = retention_queries.list_chosen_days()
    for kept in _list_kept():
        lasts = kept.lasts_now(days)
        due = kept.count_due(lasts)
        click.echo(f"{kept.what}: {due} due, {say_time(lasts)} {kept.since}")


@dataclass
class Tally:
    """How many of a kind were ended, and how many could not be."""

    ended: int = 0
    failed: int = 0


class Night:
    """The night's run, a turn at a time: a sign-in link must not wait for it in the outbox."""

    def __init__(self) -> None:
        self._run_id = 0
        self._steps: Iterator[None] = iter(())

    def begin(self) -> bool:
        """Take it on, unless it is too early, or done, or another worker's."""
        with transaction():
            run = retention_services.begin_night()
        if run is not None:
            self._run_id, self._steps = run.id, walk_house(run.id)
        return run is not None

    def take_turn(self, lasts: float = TURN) -> bool:
        """Go on for a while. True where there is more to do."""
        until = time.monotonic() + lasts
        for _ in self._steps:
            if time.monotonic() >= until:
                with transaction():
                    retention_services.show_alive(self._run_id)
                return True
        return False


def end_short_lived(lasts: float = TURN) -> bool:
    """What is kept for so short a time that nobody may choose it: it can't wait for the night.

    True where there is more to do, as of a turn of the night's.
    """
    until = time.monotonic() + lasts
    for kept in _list_kept():
        if kept.bounds is None:
            for _ in _try_to_end(kept, {}):
                if time.monotonic() >= until:
                    return True
    return False


def keep_house(run_id: int) -> dict[str, Tally]:
    """Every kind, one after the other, without a pause."""
    return _finish(walk_house(run_id))


def walk_house(run_id: int) -> Steps[dict[str, Tally]]:
    """Every kind, one after the other; one that fails leaves the others be."""
    days, tallies = retention_queries.list_chosen_days(), dict[str, Tally]()
    for kept in _list_kept():
        tally = tallies[kept.key] = yield from _try_to_end(kept, days)
        with transaction():
            retention_services.note_ended(run_id, kept.key, tally.ended, tally.failed)
    with transaction():
        retention_services.end_run(run_id)
    return tallies


def end_all(kept: Kept, days: dict[str, int]) -> Tally:
    """All that is due of a kind."""
    return _finish(_try_to_end(kept, days))


def _try_to_end(kept: Kept, days: dict[str, int]) -> Steps[Tally]:
    tally = Tally()
    try:
        yield from _end(kept, kept.lasts_now(days), tally)
    except Exception as error:
        _note_failure(kept, tally, error)
    return tally


def _end(kept: Kept, lasts: timedelta, tally: Tally) -> Steps[None]:
    """Some at once, each step a transaction of its own: what is done stays done."""
    last = None
    while True:
        if kept.is_still_due is None:
            with transaction():
                ids = kept.end_some(lasts, after=last)
            tally.ended += len(ids)
            yield
        else:
            ids = kept.list_due(lasts, after=last)
            yield from _end_each(kept, ids, lasts, tally)
        if not ids:
            return
        last = ids[-1]


def _end_each(kept: Kept, ids: list[Any], lasts: timedelta, tally: Tally) -> Steps[None]:
    """One that fails leaves the others be, and is tried again by the next run."""
    for id_ in ids:
        try:
            with transaction():
                is_ended = kept.end_one(id_, lasts)
            tally.ended += is_ended
        except Exception as error:
            _note_failure(kept, tally, error)
        yield


def _note_failure(kept: Kept, tally: Tally, error: Exception) -> None:
    """Not its words: they may hold what somebody wrote."""
    current_app.logger.error("housekeeping: %s: %s", kept.key, type(error).__name__)
    db.session.rollback()
    tally.failed += 1


def _finish(steps: Steps[T]) -> T:
    while True:
        try:
            next(steps)
        except StopIteration as done:
            result: T = done.value
            return result
