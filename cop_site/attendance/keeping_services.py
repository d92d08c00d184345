"""How long it is kept who changed a register, and by which codes people checked in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site.attendance.check_in_models import CheckIn
from cop_site.attendance.models import MarkChange
from cop_site.db import db
from cop_site.events.models import Session
from cop_site.keeping import Ends, Kept, delete_from


def _changes(before: datetime) -> sa.Select[Any]:
    said = sa.or_(MarkChange.by_user_id.is_not(None), MarkChange.reason != "")
    return sa.select(MarkChange.id).where(MarkChange.at < before, said)


def _anonymise(ids: Sequence[Any]) -> None:
    """What a register said when stays: figures as they were on a day are read from it."""
    anonymous = {"by_user_id": None, "reason": ""}
    db.session.execute(sa.update(MarkChange).where(MarkChange.id.in_(ids)).values(anonymous))


def _codes(before: datetime) -> sa.Select[Any]:
    query = sa.select(CheckIn.id).join(Session, Session.id == CheckIn.session_id)
    return query.where(Session.ends_at < before)


KEPT = (
    Kept(
        key="register_history",
        what="Who changed which mark on a register, and why",
        why="To mend mistakes, and to show how a figure came about",
        since="after the change",
        ends=Ends.ANONYMISED,
        lasts=timedelta(days=6 * 365),
        bounds=(3 * 365, 10 * 365),
        due=_changes,
        end=_anonymise,
        tables=("mark_change",),
    ),
    Kept(
        key="check_in_codes",
        what="Codes to check in by, and who made them",
        why="So that people can mark themselves here, and to look into misuse",
        since="after the session",
        ends=Ends.DELETED,
        lasts=timedelta(days=30),
        due=_codes,
        end=delete_from(CheckIn),
        tables=("check_in",),
    ),
)
