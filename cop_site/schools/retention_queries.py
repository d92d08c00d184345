"""Reads of how long things are kept, and of what housekeeping did."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.schools.retention_models import HousekeepingRun, RetentionRule


def list_chosen_days() -> dict[str, int]:
    """By the key of the kind: only what the authority chose itself."""
    rows = db.session.execute(sa.select(RetentionRule.key, RetentionRule.days))
    return {key: days for key, days in rows}


def find_last_run() -> HousekeepingRun | None:
    query = sa.select(HousekeepingRun).order_by(HousekeepingRun.id.desc()).limit(1)
    return db.session.scalar(query.execution_options(populate_existing=True))
