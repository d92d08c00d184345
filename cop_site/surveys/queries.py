"""Reads of surveys as such: which are open, who may read them. Nothing of answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.acting_models import SERVICE_STAFF
from cop_site.accounts.models import PartnerRole, Person, ServiceRole, ServiceRoleKind
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_queries import holds_on
from cop_site.surveys.answer_models import Invitation
from cop_site.surveys.models import Survey, SurveyKind, SurveyReader
from cop_site.surveys.suppression import FEWEST_COUNTED

LONGEST_LIST = 200


@dataclass(frozen=True)
class OpenSurvey:
    """A survey that is not shown yet, with how many were asked and how many finished."""

    id: int
    kind: SurveyKind
    title: str
    closes_at: datetime
    asked: int
    finished: int

    @property
    def progress(self) -> str:
        """Like "12 of 41 have answered". Few are not counted out, as in results."""
        if self.finished < FEWEST_COUNTED:
            return f"Fewer than {FEWEST_COUNTED} of {self.asked} have answered"
        return f"{self.finished} of {self.asked} have answered"

    @property
    def has_ended(self) -> bool:
        return self.closes_at <= clock.now()


def list_open_surveys() -> list[OpenSurvey]:
    """Every survey without results yet, the first to close first. One statement.

    Counts schools in a wave and people elsewhere, as closing does.
    """
    of_wave = Survey.kind == SurveyKind.SCHOOL_WAVE
    asked = sa.case((of_wave, Invitation.for_school_id), else_=Invitation.person_id)
    finished = sa.case((Invitation.finished_on.is_not(None), asked))
    rows = db.session.execute(
        sa.select(
            Survey.id,
            Survey.kind,
            Survey.title,
            Survey.closes_at,
            sa.func.count(asked.distinct()),
            sa.func.count(finished.distinct()),
        )
        .outerjoin(Invitation, Invitation.survey_id == Survey.id)
        .where(sa.or_(Survey.closed_at.is_(None), Survey.shuffled_at.is_(None)))
        .group_by(Survey.id, Survey.kind, Survey.title, Survey.closes_at)
        .order_by(Survey.closes_at, Survey.id)
        .limit(LONGEST_LIST)
    )
    return [OpenSurvey(*row) for row in rows]


def get_survey(survey_id: int) -> Survey:
    """The survey, or NotFoundError."""
    survey = db.session.get(Survey, survey_id, populate_existing=True)
    if survey is None:
        raise NotFoundError("There is no such survey.")
    return survey


def list_readers(survey_id: int) -> set[int]:
    """Who was named to read a survey's results, by person."""
    query = sa.select(SurveyReader.person_id).where(SurveyReader.survey_id == survey_id)
    return set(db.session.scalars(query))


def list_possible_readers() -> list[tuple[int, str]]:
    """Service staff and partners of today, by name; the lead reads everything already."""
    today = clock.today()
    staff = sa.exists().where(
        ServiceRole.person_id == Person.id,
        ServiceRole.role.in_(SERVICE_STAFF - {ServiceRoleKind.INCLUSION_LEAD}),
        holds_on(ServiceRole, today),
    )
    partner = sa.exists().where(PartnerRole.person_id == Person.id, holds_on(PartnerRole, today))
    rows = db.session.execute(
        sa.select(Person.id, Person.name)
        .where(sa.or_(staff, partner), Person.merged_into_id.is_(None))
        .order_by(Person.name, Person.id)
        .limit(LONGEST_LIST)
    )
    return [(person_id, name) for person_id, name in rows]


def find_before(event_id: int) -> tuple[int, bool] | None:
    """The confidence survey before an event: its id and whether it still runs; None without."""
    row = db.session.execute(
        sa.select(Survey.id, Survey.closes_at, Survey.closed_at).where(
            Survey.event_id == event_id, Survey.kind == SurveyKind.BEFORE
        )
    ).first()
    return (row.id, row.closed_at is None and row.closes_at > clock.now()) if row else None


def has_survey(session_id: int) -> bool:
    """True where a survey asks about a session."""
    return bool(db.session.scalar(sa.select(sa.exists().where(Survey.session_id == session_id))))
