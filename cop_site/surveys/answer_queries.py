"""Reads for answering: an invitation, its questions, and what was saved so far."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from cop_site import clock
from cop_site.accounts.queries import hash_token
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.models import School
from cop_site.surveys.answer_models import Answer, Invitation, Response
from cop_site.surveys.models import Question, Scale, Survey, SurveyKind, SurveyQuestion


@dataclass(frozen=True)
class OpenInvitation:
    """A survey that somebody is asked to answer; ``school`` only in a school wave."""

    id: int
    title: str
    kind: SurveyKind
    school: str
    closes_at: Any


def find_by_token(token: str) -> Invitation | None:
    """The invitation whose personal link ends in ``token``, survey and school loaded."""
    return _find(Invitation.token_hash == hash_token(token))


def get_own(invitation_id: int, person_id: int) -> Invitation:
    """Somebody's own invitation, survey and school loaded; NotFoundError for another's."""
    own = sa.and_(Invitation.id == invitation_id, Invitation.person_id == person_id)
    invitation = _find(own)
    if invitation is None:
        raise NotFoundError("You were not asked that.")
    return invitation


def _find(which: sa.ColumnElement[bool]) -> Invitation | None:
    return db.session.scalar(
        sa.select(Invitation)
        .join(Invitation.survey)
        .where(which)
        .options(contains_eager(Invitation.survey), joinedload(Invitation.for_school))
        .execution_options(populate_existing=True)
    )


def list_open_invitations(person_id: int) -> list[OpenInvitation]:
    """What a person is asked and has not answered, the first to close first. One statement."""
    asked = {"person_id": person_id, "now": clock.now()}
    return [OpenInvitation(*row) for row in db.session.execute(_open_invitations(), asked)]


@cache
def _open_invitations() -> sa.Executable:
    return (
        sa.select(
            Invitation.id,
            Survey.title,
            Survey.kind,
            sa.func.coalesce(School.name, ""),
            Survey.closes_at,
        )
        .join(Survey, Survey.id == Invitation.survey_id)
        .outerjoin(School, School.id == Invitation.for_school_id)
        .where(
            Invitation.person_id == sa.bindparam("person_id"),
            Invitation.finished_on.is_(None),
            Survey.closed_at.is_(None),
            Survey.opens_at <= sa.bindparam("now"),
            Survey.closes_at > sa.bindparam("now"),
        )
        .order_by(Survey.closes_at, Invitation.id)
        .limit(20)
    )


def list_questions(survey_id: int) -> list[Question]:
    """What a survey asks, in order, with the answers of each scale."""
    return list(
        db.session.scalars(
            sa.select(Question)
            .join(SurveyQuestion, SurveyQuestion.question_id == Question.id)
            .where(SurveyQuestion.survey_id == survey_id)
            .options(joinedload(Question.scale).joinedload(Scale.answers))
            .order_by(SurveyQuestion.position)
        ).unique()
    )


def find_response(survey_id: int, pseudonym: str) -> Response | None:
    """What is saved under a pseudonym, with its answers, as it stands now."""
    return (
        db.session.scalars(
            sa.select(Response)
            .where(Response.survey_id == survey_id, Response.pseudonym == pseudonym)
            .options(joinedload(Response.answers))
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )


def list_answers(survey_id: int, pseudonym: str) -> dict[int, str]:
    """What is saved so far: the answer's key, or the line, by question."""
    rows = db.session.execute(
        sa.select(Answer.question_id, Answer.answer_key, Answer.text)
        .join(Response, Response.id == Answer.response_id)
        .where(Response.survey_id == survey_id, Response.pseudonym == pseudonym)
    )
    return {question_id: key or text for question_id, key, text in rows}


def lock_invitation(invitation_id: int, *, finishing: bool) -> Invitation:
    """The invitation, held with its survey, so that closing waits for us or we see it closed.

    Those who finish take turns at the survey: two may answer for the same school.
    """
    survey_id = sa.select(Invitation.survey_id).where(Invitation.id == invitation_id)
    db.session.execute(
        sa.select(Survey.id)
        .where(Survey.id == survey_id.scalar_subquery())
        .with_for_update(read=not finishing)
    )
    found = db.session.scalars(
        sa.select(Invitation)
        .where(Invitation.id == invitation_id)
        .options(
            joinedload(Invitation.survey, innerjoin=True),
            joinedload(Invitation.schools),
        )
        .with_for_update(of=Invitation)
        .execution_options(populate_existing=True)
    )
    invitation = found.unique().one_or_none()
    if invitation is None:
        raise NotFoundError("You were not asked that.")
    return invitation
