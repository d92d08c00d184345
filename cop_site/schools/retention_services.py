"""Choosing how long things are kept, and the account of each run that ends them."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, refuse_stale
from cop_site.keeping import Kept
from cop_site.schools.authority_services import lock_authority
from cop_site.schools.retention_models import HousekeepingRun, RetentionRule

NIGHT_BEGINS = 2
# Whoever ran it has been silent for so long that they were killed: the next one goes on.
GIVEN_UP = timedelta(hours=1)


def check_days(kept: Kept, days: int) -> None:
    """Raises DomainError where nobody may choose it, or it is out of bounds."""
    least, most = kept.bounds or (1, 0)
    if not least <= days <= most:
        raise DomainError(f"Enter a number of days from {least} to {most:,}", field="days")


def choose_days(kept: Kept, days: int, *, seen: str, by: int) -> None:
    """Keep a kind of thing so many days from now on. The same again changes nothing.

    Raises StaleEditError where the number is no longer the one that was seen, and DomainError
    as ``check_days`` does.
    """
    check_days(kept, days)
    lock_authority()
    rule = db.session.scalar(
        sa.select(RetentionRule)
        .where(RetentionRule.key == kept.key)
        .execution_options(populate_existing=True)
    )
    was = rule.days if rule else kept.lasts.days
    refuse_stale(seen, {"days": was})
    if days == was:
        return
    if rule is None:
        rule = RetentionRule(key=kept.key, days=days)
        db.session.add(rule)
    rule.days = days
    db.session.flush()
    before, now = {"kept": kept.what, "days": was}, {"kept": kept.what, "days": days}
    audit.record("retention_rule", rule.id, "changed", by=by, was=before, now=now)


def begin_run() -> HousekeepingRun:
    """A run that somebody started by hand."""
    now = clock.now()
    run = HousekeepingRun(began_at=now, seen_at=now, ended={})
    db.session.add(run)
    db.session.flush()
    return run


def begin_night() -> HousekeepingRun | None:
    """Tonight's run, for one worker alone. None before 2am in London, and once it was done.

    One that is not done and whose worker has been silent for an hour is taken over.
    """
    now = clock.now()
    if clock.london(now).hour < NIGHT_BEGINS:
        return None
    lock_authority()
    run = db.session.scalar(
        sa.select(HousekeepingRun)
        .where(HousekeepingRun.night == clock.today())
        .execution_options(populate_existing=True)
    )
    if run is None:
        run = begin_run()
        run.night = clock.today()
    elif run.ended_at is not None or run.seen_at > now - GIVEN_UP:
        return None
    run.seen_at = now
    db.session.flush()
    return run


def show_alive(run_id: int) -> None:
    """No other worker takes a run over whose own is at it."""
    db.session.get_one(HousekeepingRun, run_id, populate_existing=True).seen_at = clock.now()


def note_ended(run_id: int, key: str, ended: int, failed: int) -> None:
    """A kind is done, with so many besides those of a run that this one took over."""
    run = db.session.get_one(HousekeepingRun, run_id, populate_existing=True)
    before, _ = run.ended.get(key, (0, 0))
    run.ended, run.seen_at = {**run.ended, key: (before + ended, failed)}, clock.now()


def end_run(run_id: int) -> None:
    run = db.session.get_one(HousekeepingRun, run_id, populate_existing=True)
    run.ended_at = clock.now()
