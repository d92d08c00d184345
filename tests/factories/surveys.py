"""Surveys, who was asked, and answers, made as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.accounts.queries import hash_token
from cop_site.db import db
from cop_site.schools.models import School
from cop_site.surveys.answer_models import Answer, Invitation, InvitationSchool, Response
from cop_site.surveys.models import (
    Question,
    Survey,
    SurveyKind,
    SurveyQuestion,
    TemplateQuestion,
)

_numbers = count(1)


def make_survey(
    kind: SurveyKind = SurveyKind.END_OF_SESSION,
    *,
    closed: bool = False,
    opens_at: datetime | None = None,
    closes_at: datetime | None = None,
    **values: Any,
) -> Survey:
    """A survey of its kind's questions; a closed one is shuffled and closed an hour ago."""
    now = clock.now()
    number = next(_numbers)
    survey = Survey(
        **{
            "kind": kind,
            "title": f"Survey {number}",
            "series": f"series-{number}",
            "opens_at": opens_at or now - timedelta(days=15),
            "closes_at": closes_at or now + timedelta(hours=-1 if closed else 240),
            "closed_at": now - timedelta(hours=1) if closed else None,
            "shuffled_at": now - timedelta(hours=1) if closed else None,
            "asked_count": 0 if closed else None,
            "answered_count": 0 if closed else None,
            "created_at": now - timedelta(days=15),
            **values,
        }
    )
    db.session.add(survey)
    db.session.flush()
    wanted = (
        sa.select(Question.id, TemplateQuestion.position)
        .join(TemplateQuestion, TemplateQuestion.question_key == Question.key)
        .where(TemplateQuestion.kind == kind)
    )
    for question_id, position in db.session.execute(wanted).all():
        db.session.add(
            SurveyQuestion(survey_id=survey.id, question_id=question_id, position=position)
        )
    db.session.flush()
    return survey


def question(key: str) -> Question:
    return db.session.query(Question).filter_by(key=key).one()


def make_response(
    survey: Survey,
    answers: Mapping[str, str] = {},
    *,
    pseudonym: str = "",
    finished: bool = True,
    **values: Any,
) -> Response:
    """A response; ``answers`` maps a question's key to an answer's key, or to a line of text.

    A closed survey's counts grow with it.
    """
    response = Response(
        id=uuid4().hex,
        survey_id=survey.id,
        pseudonym=pseudonym or uuid4().hex,
        is_finished=finished,
        **values,
    )
    db.session.add(response)
    db.session.flush()
    for key, said in answers.items():
        asked = question(key)
        place = "text" if asked.scale_key == "line" else "answer_key"
        db.session.add(
            Answer(id=uuid4().hex, response_id=response.id, question_id=asked.id, **{place: said})
        )
    if survey.is_closed and finished:
        survey.asked_count = (survey.asked_count or 0) + 1
        survey.answered_count = (survey.answered_count or 0) + 1
    db.session.flush()
    return response


def answer_all(survey: Survey, key: str, counts: Mapping[str, int]) -> None:
    """So many responses for each answer to one question; "" leaves it blank."""
    for said, times in counts.items():
        for _ in range(times):
            make_response(survey, {key: said} if said else {})


def make_invitation(
    survey: Survey,
    person: Person,
    schools: Iterable[School] = (),
    *,
    token: str = "",
    role: SchoolRoleKind = SchoolRoleKind.SENCO,
    **values: Any,
) -> Invitation:
    invitation = Invitation(
        survey_id=survey.id,
        person_id=person.id,
        token_hash=hash_token(token or uuid4().hex),
        invited_at=clock.now(),
        **values,
    )
    db.session.add(invitation)
    db.session.flush()
    for school in schools:
        db.session.add(
            InvitationSchool(invitation_id=invitation.id, school_id=school.id, role=role)
        )
    db.session.flush()
    return invitation
