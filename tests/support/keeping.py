"""Ending what is due of one kind, as housekeeping does."""

from __future__ import annotations

from flask import current_app

from cop_site.cli.housekeeping import end_all
from cop_site.keeping import Kept
from cop_site.schools.retention_queries import list_chosen_days


def kind(key: str) -> Kept:
    found: Kept = next(one for one in current_app.extensions["kept"] if one.key == key)
    return found


def end_due(key: str) -> int:
    tally = end_all(kind(key), list_chosen_days())
    assert tally.failed == 0
    return tally.ended
