"""Making one of two forms for the same school: the newest valid answer wins, item by item."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.surveys.answer_models import Answer, Response
from cop_site.surveys.result_models import NOT_APPLICABLE


def merge_into(kept_id: str, other_id: str) -> None:
    """Give a response the other's answer to each item it has none for, and drop the other.

    "Does not apply" gives way to an answer, and blank to both.
    """
    db.session.flush()
    own = {answer.question_id: answer for answer in _list_answers(kept_id)}
    for answer in _list_answers(other_id):
        mine = own.get(answer.question_id)
        if mine is None:
            answer.response_id = kept_id
        elif _worth(answer) > _worth(mine):
            mine.answer_key, mine.text = answer.answer_key, answer.text
    db.session.flush()
    drop_response(other_id)


def drop_response(response_id: str) -> None:
    db.session.execute(sa.delete(Answer).where(Answer.response_id == response_id))
    db.session.execute(sa.delete(Response).where(Response.id == response_id))


def _list_answers(response_id: str) -> list[Answer]:
    query = sa.select(Answer).where(Answer.response_id == response_id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _worth(answer: Answer) -> int:
    if answer.text or answer.answer_key not in ("", NOT_APPLICABLE):
        return 2
    return 1 if answer.answer_key else 0
