"""Closing surveys: what was answered is counted, mixed and cut loose from who answered.

Until then the order of rows, and on PostgreSQL the transaction that wrote each, would join a
response to the invitation that was finished with it. So everything is written anew, in random
order, under new keys, in one transaction, and the old rows are vacuumed away before anything is
shown. What set responses apart and could be told from who was asked goes too: which were a
deputy's, and which replaced an earlier one.
"""

from __future__ import annotations

from collections.abc import Collection
from random import SystemRandom
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.surveys.answer_models import Answer, Invitation, InvitationSchool, Response
from cop_site.surveys.merge_services import merge_into
from cop_site.surveys.models import Survey, SurveyKind
from cop_site.surveys.pseudonym_models import new_key

_chance = SystemRandom()


def list_due() -> list[int]:
    """Surveys to close, and those that a run which was killed left closed but not shown."""
    run_out = sa.and_(Survey.closed_at.is_(None), Survey.closes_at <= clock.now())
    left = sa.and_(Survey.closed_at.is_not(None), Survey.shuffled_at.is_(None))
    query = sa.select(Survey.id).where(sa.or_(run_out, left)).order_by(Survey.id)
    return list(db.session.scalars(query))


def close_survey(survey_id: int) -> bool:
    """Close a survey that has run out, and mix its answers. False where there is nothing to do.

    Answers being saved hold the survey, so none arrives after. A survey that another worker
    holds is left to it.
    """
    survey = db.session.scalar(
        sa.select(Survey)
        .where(Survey.id == survey_id, Survey.shuffled_at.is_(None))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    if survey is None or (survey.closed_at is None and survey.closes_at > clock.now()):
        return False
    if survey.closed_at is None:
        _drop(Response.survey_id == survey.id, ~Response.is_finished)
        _merge_ranks(survey.id)
        survey.closed_at = clock.now()
        survey.asked_count = _count_asked(survey)
        survey.answered_count = _count_responses(survey.id)
        survey.school_count = _count_schools(survey.id)
    _mix(survey.id)
    db.session.flush()
    return True


def let_show(survey_ids: Collection[int]) -> None:
    """Say that these are mixed and vacuumed: from now on their results may be read."""
    db.session.execute(
        sa.update(Survey)
        .where(Survey.id.in_(survey_ids), Survey.shuffled_at.is_(None))
        .values(shuffled_at=clock.now())
    )


def _merge_ranks(survey_id: int) -> None:
    """One response of each pseudonym: what a school's SENCO left blank its deputy may have said."""
    rows = db.session.execute(
        sa.select(Response.pseudonym, Response.id)
        .where(Response.survey_id == survey_id)
        .order_by(Response.pseudonym, Response.rank)
    )
    kept: dict[str, str] = {}
    for pseudonym, id_ in list(rows):
        first = kept.setdefault(pseudonym, id_)
        if first != id_:
            merge_into(first, id_)


def _drop(*which: sa.ColumnElement[bool]) -> None:
    """Delete responses with their answers."""
    ids = list(db.session.scalars(sa.select(Response.id).where(*which)))
    db.session.execute(sa.delete(Answer).where(Answer.response_id.in_(ids)))
    db.session.execute(sa.delete(Response).where(Response.id.in_(ids)))


def _count_asked(survey: Survey) -> int:
    """People asked; in a wave schools asked."""
    of_wave = survey.kind is SurveyKind.SCHOOL_WAVE
    column = Invitation.for_school_id if of_wave else Invitation.person_id
    query = sa.select(sa.func.count(column.distinct()))
    return db.session.scalar(query.where(Invitation.survey_id == survey.id)) or 0


def _count_schools(survey_id: int) -> int:
    """Schools that those who finished were asked for: read of invitations, not of answers."""
    query = (
        sa.select(sa.func.count(InvitationSchool.school_id.distinct()))
        .join(Invitation, Invitation.id == InvitationSchool.invitation_id)
        .where(Invitation.survey_id == survey_id, Invitation.finished_on.is_not(None))
    )
    return db.session.scalar(query) or 0


def _count_responses(survey_id: int) -> int:
    query = sa.select(sa.func.count(Response.id)).where(Response.survey_id == survey_id)
    return db.session.scalar(query) or 0


def _mix(survey_id: int) -> None:
    """Write every response and answer anew, in random order and under new keys."""
    own = Response.survey_id == survey_id
    table, answer_table = Response.__table__, Answer.__table__
    responses = [dict(row) for row in _rows(sa.select(table).where(own))]
    answers = [
        dict(row)
        for row in _rows(
            sa.select(answer_table).join(table, Response.id == Answer.response_id).where(own)
        )
    ]
    _drop(own)
    keys = {row["id"]: new_key() for row in responses}
    responses = [row | {"id": keys[row["id"]], "rank": 0, "revision": 1} for row in responses]
    answers = [row | {"id": new_key(), "response_id": keys[row["response_id"]]} for row in answers]
    for kind, rows in ((Response, responses), (Answer, answers)):
        _chance.shuffle(rows)
        if rows:
            db.session.execute(sa.insert(kind), rows)


def _rows(query: Any) -> Any:
    return db.session.execute(query).mappings()
