"""Who was asked, and by which survey."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.models import SchoolRoleKind
from cop_site.attendance.models import MarkSchool
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.surveys.answer_models import Invitation
from cop_site.surveys.models import Survey, SurveyKind


def mark_school(mark_id: int, school_id: int) -> MarkSchool:
    return MarkSchool(mark_id=mark_id, school_id=school_id, role=SchoolRoleKind.SENCO)


def asked(kind: SurveyKind = SurveyKind.END_OF_SESSION) -> list[int]:
    query = sa.select(Invitation.person_id).join(Survey).where(Survey.kind == kind)
    return list(db.session.scalars(query.order_by(Invitation.person_id)))


def messages() -> list[OutboxMessage]:
    return list(db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id)))


def the_survey(kind: SurveyKind = SurveyKind.END_OF_SESSION) -> Survey:
    return db.session.scalars(sa.select(Survey).where(Survey.kind == kind)).one()
