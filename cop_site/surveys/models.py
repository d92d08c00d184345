"""The question bank, and surveys made of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cop_site.db import Base, FreeText, enum_column
from cop_site.errors import refuse_constraint
from cop_site.events.models import Event, Session
from cop_site.schools.models import Term


class Scale(Base):
    """What may be answered to a question, as data. One without answers takes a line of text."""

    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    name: Mapped[str]

    answers: Mapped[list[ScaleAnswer]] = relationship(lazy="raise", order_by="ScaleAnswer.position")


class ScaleAnswer(Base):
    """One answer of a scale. ``value`` orders it for before and after; None never compares."""

    __table_args__ = (sa.UniqueConstraint("scale_key", "position"),)

    scale_key: Mapped[str] = mapped_column(sa.ForeignKey("scale.key"), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    label: Mapped[str]
    position: Mapped[int]
    value: Mapped[int | None]


class Question(Base):
    """A question of the bank. A change of wording is a new version and starts a new series."""

    __table_args__ = (sa.UniqueConstraint("key", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(60))
    version: Mapped[int]
    wording: Mapped[FreeText]
    scale_key: Mapped[str] = mapped_column(sa.ForeignKey("scale.key"))

    scale: Mapped[Scale] = relationship(lazy="raise")


class SurveyKind(StrEnum):
    """What is asked of whom, and when."""

    END_OF_SESSION = "end_of_session"
    BEFORE = "before"
    AFTER = "after"
    SCHOOL_WAVE = "school_wave"

    @property
    def label(self) -> str:
        return {
            "end_of_session": "After a session",
            "before": "Confidence: before",
            "after": "Confidence: after",
            "school_wave": "School survey",
        }[self.value]


class TemplateQuestion(Base):
    """What a new survey of a kind asks, in order: the newest version of each question."""

    kind: Mapped[SurveyKind] = mapped_column(enum_column(SurveyKind), primary_key=True)
    question_key: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    position: Mapped[int]


class Survey(Base):
    """One asking. Open from ``opens_at`` until ``closes_at``; results only after ``closed_at``.

    ``series`` names what answers are matched across: the surveys of one series give a person (a
    school in a wave) the same pseudonym, others a different one. ``asked_count`` is frozen on
    closing with ``answered_count`` and ``school_count``, the schools that those who answered were
    asked for, so that a rate needs no list of people.
    """

    __table_args__ = (
        sa.CheckConstraint("opens_at < closes_at", name="forwards"),
        sa.Index("ix_survey_kind_closed", "kind", "closed_at"),
        sa.Index("ix_survey_closes", "closed_at", "closes_at"),
        sa.Index(
            "uq_survey_session_kind",
            "session_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("session_id IS NOT NULL"),
            postgresql_where=sa.text("session_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_survey_event_kind",
            "event_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("session_id IS NULL AND event_id IS NOT NULL"),
            postgresql_where=sa.text("session_id IS NULL AND event_id IS NOT NULL"),
        ),
        sa.Index(
            "uq_survey_wave_term",
            "term_id",
            unique=True,
            sqlite_where=sa.text("kind = 'school_wave'"),
            postgresql_where=sa.text("kind = 'school_wave'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[SurveyKind] = mapped_column(enum_column(SurveyKind))
    title: Mapped[FreeText]
    series: Mapped[str] = mapped_column(sa.String(60), index=True)
    term_id: Mapped[int | None] = mapped_column(sa.ForeignKey("term.id"))
    event_id: Mapped[int | None] = mapped_column(sa.ForeignKey("event.id"), index=True)
    session_id: Mapped[int | None] = mapped_column(sa.ForeignKey("session.id"))
    opens_at: Mapped[datetime]
    closes_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    shuffled_at: Mapped[datetime | None]
    asked_count: Mapped[int | None]
    answered_count: Mapped[int | None]
    school_count: Mapped[int | None]
    created_by_user_id: Mapped[int | None]
    created_at: Mapped[datetime]

    term: Mapped[Term | None] = relationship(lazy="raise")
    event: Mapped[Event | None] = relationship(lazy="raise")
    session: Mapped[Session | None] = relationship(lazy="raise")
    questions: Mapped[list[SurveyQuestion]] = relationship(
        lazy="raise", order_by="SurveyQuestion.position"
    )

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None


class SurveyQuestion(Base):
    """A question that a survey asks, in the version it had when the survey was made."""

    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"), primary_key=True)
    question_id: Mapped[int] = mapped_column(sa.ForeignKey("question.id"), primary_key=True)
    position: Mapped[int]

    question: Mapped[Question] = relationship(lazy="raise")


class SurveyReader(Base):
    """Somebody beside the inclusion lead who may read a survey's results."""

    survey_id: Mapped[int] = mapped_column(sa.ForeignKey("survey.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)


refuse_constraint(
    "uq_survey_wave_term",
    "survey.term_id",
    sentence="There is a school survey for that term already.",
)
refuse_constraint(
    "uq_survey_event_kind",
    "survey.event_id, survey.kind",
    sentence="People are asked about this event already.",
)
refuse_constraint(
    "uq_survey_session_kind",
    "survey.session_id, survey.kind",
    sentence="There is such a survey for that session already.",
)
