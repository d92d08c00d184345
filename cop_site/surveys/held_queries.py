"""What surveys hold about a person: that they were asked and that they answered, never what."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.held import HeldTable, Subject
from cop_site.schools.models import School
from cop_site.surveys.answer_models import Invitation, InvitationSchool
from cop_site.surveys.models import Survey, SurveyReader


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [_asked(subject), _kept(subject)]


def _asked(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(
            *(Survey.title, Survey.kind, School.name, InvitationSchool.role),
            *(Invitation.invited_at, Invitation.finished_on),
        )
        .select_from(Invitation)
        .join(Survey, Survey.id == Invitation.survey_id)
        .outerjoin(InvitationSchool, InvitationSchool.invitation_id == Invitation.id)
        .outerjoin(School, School.id == InvitationSchool.school_id)
        .where(Invitation.person_id.in_(subject.person_ids))
        .order_by(Invitation.id, InvitationSchool.id)
    )
    return HeldTable(
        "surveys",
        "Surveys that asked you, and the day you answered. Your answers can’t be found: see below.",
        ("Survey", "Kind", "School", "Role", "Asked", "Answered on"),
        [
            (title, kind.label, school, role.label if role else "", asked_at, finished_on)
            for title, kind, school, role, asked_at, finished_on in rows
        ],
        ("invitation.person_id",),
    )


def _kept(subject: Subject) -> HeldTable:
    made = sa.select(
        Survey.title, Survey.created_at.label("at"), sa.literal("started it").label("part")
    ).where(Survey.created_by_user_id.in_(subject.user_ids))
    read = (
        sa.select(Survey.title, Survey.created_at, sa.literal("may read its results"))
        .join(SurveyReader, SurveyReader.survey_id == Survey.id)
        .where(SurveyReader.person_id.in_(subject.person_ids))
    )
    rows = db.session.execute(sa.union_all(made, read).order_by("at", "part"))
    return HeldTable(
        "surveys-you-ran",
        "Surveys that you started, or whose results you may read.",
        ("Survey", "Since", "You"),
        [tuple(row) for row in rows],
        ("survey_reader.person_id", "survey.created_by_user_id"),
    )
