"""How long what people wrote in surveys is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from cop_site.db import db
from cop_site.keeping import Ends, Kept
from cop_site.surveys.answer_models import Answer, Response
from cop_site.surveys.models import Survey


def _lines(before: datetime) -> sa.Select[Any]:
    closed = sa.select(Survey.id).where(Survey.closed_at < before)
    responses = sa.select(Response.id).where(Response.survey_id.in_(closed))
    return sa.select(Answer.id).where(Answer.text != "", Answer.response_id.in_(responses))


def _remove_lines(ids: Sequence[Any]) -> None:
    db.session.execute(sa.update(Answer).where(Answer.id.in_(ids)).values(text=""))


KEPT = (
    Kept(
        key="survey_texts",
        what="What people wrote in their own words in surveys, without their names",
        why="To learn from it for the next sessions",
        since="after the survey has closed",
        ends=Ends.TEXT_REMOVED,
        lasts=timedelta(days=2 * 365),
        bounds=(90, 6 * 365),
        due=_lines,
        end=_remove_lines,
        tables=(),
    ),
)
