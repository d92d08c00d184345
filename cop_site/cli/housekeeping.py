"""``flask housekeeping``: ends what has been kept long enough. The worker does so every night."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import with_appcontext

from cop_site.cli.refusals import one_sentence
from cop_site.db import db
from cop_site.keeping import Kept, say_time
from cop_site.schools import retention_queries, retention_services
from cop_site.transaction import transaction


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
        ended = keep_house(run_id)
    for kept in _list_kept():
        count = ended[kept.key]
        click.echo(f"{kept.what}: {'failed' if count is None else count}")
    if None in ended.values():
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


def keep_house_at_night() -> int:
    """Once a night, whichever worker comes first. Returns how much was ended."""
    with transaction():
        run = retention_services.begin_night()
    return sum(count or 0 for count in keep_house(run.id).values()) if run else 0


def end_short_lived() -> int:
    """What is kept for so short a time that nobody may choose it: it can't wait for the night."""
    return sum(end_all(kept, {}) for kept in _list_kept() if kept.bounds is None)


def keep_house(run_id: int) -> dict[str, int | None]:
    """Every kind, one after the other; one that fails, None, leaves the others be."""
    ended: dict[str, int | None] = {}
    days = retention_queries.list_chosen_days()
    for kept in _list_kept():
        ended[kept.key] = _try_to_end(kept, days)
        with transaction():
            retention_services.note_ended(run_id, kept.key, ended[kept.key])
    with transaction():
        retention_services.end_run(run_id)
    return ended


def _try_to_end(kept: Kept, days: dict[str, int]) -> int | None:
    try:
        return end_all(kept, days)
    except Exception as error:
        # Whatever it is, the others go on. Not its words: they may hold what somebody wrote.
        current_app.logger.error("housekeeping: %s: %s", kept.key, type(error).__name__)
        db.session.rollback()
        return None


def end_all(kept: Kept, days: dict[str, int]) -> int:
    """Some at once, each lot in a transaction of its own: what is done stays done."""
    lasts, done, last = kept.lasts_now(days), 0, None
    while True:
        with transaction():
            ids = kept.end_some(lasts, after=last)
        if not ids:
            return done
        done, last = done + len(ids), ids[-1]
