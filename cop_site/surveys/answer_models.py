"""Who was asked and whether they finished; and, apart from it, what was answered.

Nothing joins the two halves: no shared id, no time, no order. Responses and answers have random
keys, on SQLite without a rowid, and are written anew in random order when a survey closes.
"""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.db import Base, FreeText, enum_column
from cop_site.errors import refuse_constraint
from cop_site.schools.models import School
from cop_site.surveys.models import Survey


class Invitation(Base):
    """Somebody asked, and the day they finished. Says nothing of what they answered.

    ``for_school_id`` only in a school wave, where a person answers once for each school.
    """

    __table_args__ = (
        sa.Index(
            "uq_invitation_person",
            "survey_id",
            "person_id",
            unique=True,
            sqlite_where=sa.text("for_school_id IS NULL"),
            postgresql_where=sa.text("for_school_id IS NULL"),
        ),
        sa.Index("uq_invitation_school", "survey_id", "person_id", "for_school_id", unique=True),
        sa.Index("ix_invitation_person_open", "person_id", "finished_on"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"))
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    for_school_id: Mapped[int | None] = mapped_column(sa.ForeignKey("school.id"))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    invited_at: Mapped[datetime]
    finished_on: Mapped[date | None]

    survey: Mapped[Survey] = relationship(lazy="raise")
    person: Mapped[Person] = relationship(lazy="raise")
    for_school: Mapped[School | None] = relationship(lazy="raise")
    schools: Mapped[list[InvitationSchool]] = relationship(lazy="raise")


class InvitationSchool(Base):
    """A school somebody was asked for, with their role there then."""

    __table_args__ = (sa.UniqueConstraint("invitation_id", "school_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    invitation_id: Mapped[int] = mapped_column(sa.ForeignKey("invitation.id"))
    school_id: Mapped[int] = mapped_column(sa.ForeignKey("school.id"), index=True)
    role: Mapped[SchoolRoleKind] = mapped_column(enum_column(SchoolRoleKind))

    school: Mapped[School] = relationship(lazy="raise")


class Response(Base):
    """A form as answered so far. No person, no school, no time, and nothing a school has.

    ``pseudonym`` is a keyed hash of the person (of the school in a wave) and the series, so that
    before meets after. ``rank`` orders those who may answer for a school: a SENCO's before a
    deputy's. ``is_finished`` False is progress kept; it never counts.
    """

    __table_args__ = (
        sa.UniqueConstraint("survey_id", "pseudonym", "rank"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"))
    pseudonym: Mapped[str] = mapped_column(sa.String(64))
    rank: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=1)
    is_finished: Mapped[bool] = mapped_column(default=False)

    answers: Mapped[list[Answer]] = relationship(lazy="raise")


class Answer(Base):
    """One answer of a response: the key of a scale's answer, or a line of text."""

    __table_args__ = (
        sa.UniqueConstraint("response_id", "question_id"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    response_id: Mapped[str] = mapped_column(sa.ForeignKey("response.id"))
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"))
    answer_key: Mapped[str] = mapped_column(sa.String(40), default="")
    text: Mapped[FreeText] = mapped_column(default="")


refuse_constraint(
    "uq_invitation_person",
    "uq_invitation_school",
    "invitation.survey_id, invitation.person_id",
    sentence="That person was already asked.",
)
