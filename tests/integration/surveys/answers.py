"""A survey that is open, people who are asked, and their answers."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from cop_site.surveys.answer_services import finish, save_answers
from cop_site.surveys.models import Survey, SurveyKind
from cop_site.surveys.pseudonym_models import Pseudonyms
from cop_site.transaction import transaction
from tests.factories import people, schools
from tests.factories.surveys import make_invitation, make_survey, question

KEY = Pseudonyms("a key for these tests")


def open_survey(kind: SurveyKind = SurveyKind.END_OF_SESSION, **values: Any) -> int:
    survey = make_survey(kind, **values)
    db.session.commit()
    return survey.id


def ask(survey_id: int, count: int) -> list[int]:
    survey = db.session.get_one(Survey, survey_id)
    school = schools.make_school()
    rows = [make_invitation(survey, people.make_person(), [school]) for _ in range(count)]
    db.session.commit()
    return [row.id for row in rows]


def answer(invitation_id: int, line: str) -> None:
    """As a request would: two pages, each in a transaction of its own."""
    asked = question("reaction.comment").id
    clarity = question("reaction.clarity").id
    with transaction():
        save_answers(invitation_id, {clarity: ("agree", "")}, pseudonyms=KEY)
    with transaction():
        finish(invitation_id, {asked: ("", line)}, pseudonyms=KEY)


def is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"
