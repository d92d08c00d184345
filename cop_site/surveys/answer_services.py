"""Answering: progress is saved page by page, and finishing counts it.

Nothing here writes who did what when: no audit, no message, no log. The invitation keeps the day
on which somebody finished; the response keeps neither person, school nor time.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.surveys import answer_queries
from cop_site.surveys.answer_models import Answer, Invitation, Response
from cop_site.surveys.merge_services import merge_into
from cop_site.surveys.models import Survey
from cop_site.surveys.pseudonym_models import Pseudonyms, new_key

CLOSED = "This survey has closed, so nothing more can be answered."


def is_open(survey: Survey) -> bool:
    now = clock.now()
    return survey.closed_at is None and survey.opens_at <= now < survey.closes_at


def save_answers(
    invitation_id: int, said: Mapping[int, tuple[str, str]], *, pseudonyms: Pseudonyms
) -> None:
    """Keep answers of one page: (key, line) by question, both "" for blank.

    After finishing it changes nothing: the second of two tabs, or a page come back to. Raises
    DomainError once the survey has closed.
    """
    invitation = _open_invitation(invitation_id, finishing=False)
    if invitation.finished_on is None:
        _keep(invitation, said, pseudonyms)
        db.session.flush()


def finish(
    invitation_id: int, said: Mapping[int, tuple[str, str]], *, pseudonyms: Pseudonyms
) -> None:
    """Keep the last page and count the whole. Finishing twice is finishing once.

    In a wave the school's newest answer of the same rank counts, item by item: what somebody
    left blank stays as a colleague answered it.
    """
    invitation = _open_invitation(invitation_id, finishing=True)
    if invitation.finished_on is not None:
        return
    response = _keep(invitation, said, pseudonyms)
    response.rank = _rank(invitation)
    final = _pseudonym(invitation, pseudonyms)
    before = _find_final(invitation.survey_id, final, response.rank)
    invitation.finished_on = clock.today()
    if before is not None:
        response.revision = before.revision + 1
        merge_into(response.id, before.id)
    response.pseudonym = final
    response.is_finished = True
    db.session.flush()


def _open_invitation(invitation_id: int, *, finishing: bool) -> Invitation:
    invitation = answer_queries.lock_invitation(invitation_id, finishing=finishing)
    if not is_open(invitation.survey):
        raise DomainError(CLOSED)
    return invitation


def _keep(
    invitation: Invitation, said: Mapping[int, tuple[str, str]], pseudonyms: Pseudonyms
) -> Response:
    draft = pseudonyms.of_draft(invitation.id)
    response = answer_queries.find_response(invitation.survey_id, draft)
    if response is None:
        response = Response(id=new_key(), survey_id=invitation.survey_id, pseudonym=draft)
        response.answers = []
        db.session.add(response)
        db.session.flush()
    kept = {answer.question_id: answer for answer in response.answers}
    for question_id, (key, text) in said.items():
        answer = kept.get(question_id)
        if answer is None and (key or text):
            answer = Answer(id=new_key(), response_id=response.id, question_id=question_id)
            db.session.add(answer)
        if answer is not None:
            answer.answer_key, answer.text = key, text
    return response


def _rank(invitation: Invitation) -> int:
    """A SENCO's answer for a school comes before a deputy's; elsewhere all are alike."""
    if invitation.for_school_id is None:
        return 0
    roles = {row.role for row in invitation.schools}
    return 0 if SchoolRoleKind.SENCO in roles else 1


def _pseudonym(invitation: Invitation, pseudonyms: Pseudonyms) -> str:
    series = invitation.survey.series
    if invitation.for_school_id is not None:
        return pseudonyms.of_school(series, invitation.for_school_id)
    return pseudonyms.of_person(series, invitation.person_id)


def _find_final(survey_id: int, pseudonym: str, rank: int) -> Response | None:
    return db.session.scalar(
        sa.select(Response).where(
            Response.survey_id == survey_id,
            Response.pseudonym == pseudonym,
            Response.rank == rank,
        )
    )
