"""Forgetting what certificates say. The row stays, so that its page can say that it is over."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.held import Eraser, Erasure
from cop_site.records.models import PRINTED, Certificate


def _erase(erasure: Erasure) -> None:
    _empty(Certificate.person_id.in_(erasure.subject.person_ids))


def empty_certificates(ids: Sequence[Any]) -> None:
    _empty(Certificate.id.in_(ids))


def _empty(which: sa.ColumnElement[bool]) -> None:
    """Nobody's any more, and without a word of what was printed."""
    blank: dict[str, Any] = {**dict.fromkeys(PRINTED, ""), "person_id": None, "came": {}}
    db.session.execute(sa.update(Certificate).where(which).values(emptied_at=clock.now(), **blank))


ERASER = Eraser(
    covers=(
        "certificate.person_id",
        "certificate.came",
        *(f"certificate.{name}" for name in PRINTED if name != "title"),
    ),
    erase=_erase,
)
