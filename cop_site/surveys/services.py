"""Naming who may read a survey's results."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.surveys import queries
from cop_site.surveys.models import Survey, SurveyReader


def name_readers(survey_id: int, person_ids: Collection[int], *, by: ActingUser) -> None:
    """Let these people read a survey's results, and nobody else beside the lead.

    Raises DomainError for somebody who is neither service staff nor a partner today.
    """
    locked = sa.select(Survey.id).where(Survey.id == survey_id).with_for_update()
    if db.session.scalar(locked) is None:
        raise NotFoundError("There is no such survey.")
    was, wanted = queries.list_readers(survey_id), set(person_ids)
    possible = {person_id for person_id, _name in queries.list_possible_readers()}
    if not wanted - was <= possible:
        raise DomainError("Choose from the list", field="readers")
    for person_id in sorted(wanted - was):
        role_services.lock_person(person_id)
    if wanted == was:
        return
    gone = SurveyReader.person_id.in_(was - wanted)
    db.session.execute(sa.delete(SurveyReader).where(SurveyReader.survey_id == survey_id, gone))
    db.session.add_all(
        SurveyReader(survey_id=survey_id, person_id=person_id) for person_id in wanted - was
    )
    audit.record(
        "survey",
        survey_id,
        "readers named",
        by=by.user_id,
        was={"readers": sorted(was)},
        now={"readers": sorted(wanted)},
    )
    db.session.flush()
