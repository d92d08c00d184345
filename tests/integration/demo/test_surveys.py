"""Surveys of the demonstration: the reference values, on any day of the year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.demo import borough as places
from cop_site.demo import calendar, programme, services, surveys
from cop_site.surveys import answer_queries, closing_services, result_queries
from cop_site.surveys.answer_models import Invitation, InvitationSchool, Response
from cop_site.surveys.models import Survey, SurveyKind
from cop_site.surveys.result_models import ClosedSurvey, Result

pytestmark = [pytest.mark.sqlite_only, pytest.mark.thorough]

DAYS = (
    datetime(2026, 9, 24, 10, tzinfo=clock.LONDON),
    datetime(2026, 11, 21, 10, tzinfo=clock.LONDON),
    datetime(2027, 1, 2, 10, tzinfo=clock.LONDON),
    datetime(2027, 8, 2, 10, tzinfo=clock.LONDON),
)


@pytest.fixture(params=DAYS, ids=lambda day: f"{day:%d-%b}")
def built(app: Flask, at: Callable[[datetime], None], request: pytest.FixtureRequest) -> None:
    """The borough with what surveys rest on; the other domains' rows are built elsewhere."""
    at(request.param)
    chance = Random(1)
    borough = places.build(clock.today(), chance, "not a hash")
    terms = calendar.told_terms(clock.today())
    for number, term in enumerate(terms):
        programme.hold_term(borough, term, number, chance)
    surveys.add_surveys(borough, terms, clock.today(), Random(services.SEED + 3))
    db.session.commit()


def _figure(result: Result, key: str) -> tuple[str, int | None]:
    asked = result.find(key)
    assert asked is not None and asked.figure is not None
    return asked.figure.of, asked.figure.percent


def _closed(kind: SurveyKind) -> list[ClosedSurvey]:
    return result_queries.list_closed_surveys(kind)


class TestSurveysOfTheDemonstration:
    def test_keep_their_promises(self, built: None) -> None:
        waves = [result_queries.load_result(one.id) for one in _closed(SurveyKind.SCHOOL_WAVE)]
        assert [_figure(wave, "toolkit.share") for wave in waves] == [
            ("20 of 60", 33),
            ("25 of 60", 42),
        ]
        assert [_figure(wave, "toolkit.rung") for wave in waves] == [
            ("23 of 60", 38),
            ("25 of 60", 42),
        ]
        changes = result_queries.find_matched_changes(*(wave.survey.id for wave in waves))
        for key in ("toolkit.share", "toolkit.rung"):
            counts = [changes[key].count(name) for name in ("up", "same", "down")]
            assert None not in counts, "all three are told"
            assert (changes[key].net or 0) > 0
        self._check_forms()
        self._check_before_and_after()
        self._check_open()
        self._check_hangs_together()

    def _check_forms(self) -> None:
        forms = [result_queries.load_result(one.id) for one in _closed(SurveyKind.END_OF_SESSION)]
        assert [form.survey.answered for form in forms] == [38, None, 41]
        keys = ("reaction.confidence", "reaction.clarity", "reaction.inclusion")
        assert [_figure(forms[-1], key) for key in keys] == [
            ("26 of 41", 63),
            ("27 of 41", 66),
            ("41 of 41", 100),
        ]
        comment = forms[-1].find("reaction.comment")
        assert comment is not None and len(comment.lines or ()) == 6
        assert all(form.survey.answered != 41 or form.survey.asked > 41 for form in forms)

    def _check_before_and_after(self) -> None:
        (before,), (after,) = _closed(SurveyKind.BEFORE), _closed(SurveyKind.AFTER)
        changes = result_queries.find_matched_changes(before.id, after.id)
        assert {change.pairs for change in changes.values()} == {21}
        assert {change.skipped_before for change in changes.values()} == {2}
        for change in changes.values():
            assert (change.count("up") or 0) > (change.count("down") or 0) >= 5

    def _check_open(self) -> None:
        running = db.session.scalars(sa.select(Survey).where(Survey.closed_at.is_(None))).all()
        assert [survey.kind for survey in running] == [SurveyKind.END_OF_SESSION]
        senco = db.session.query(Person).filter_by(email="senco@demo.example").one()
        own = answer_queries.list_open_invitations(senco.id)
        assert [one.title for one in own] == [running[0].title]
        assert closing_services.list_due() == []

    def _check_hangs_together(self) -> None:
        """As many finished as answered; asked as many as were invited."""
        for survey in db.session.scalars(sa.select(Survey)):
            invited = db.session.query(Invitation).filter_by(survey_id=survey.id)
            finished = invited.filter(Invitation.finished_on.is_not(None)).count()
            responses = db.session.query(Response).filter_by(survey_id=survey.id).count()
            assert finished == responses
            assert survey.asked_count in (None, invited.count())
            assert survey.answered_count in (None, responses)
            named = (
                sa.select(sa.func.count(InvitationSchool.school_id.distinct()))
                .join(Invitation, Invitation.id == InvitationSchool.invitation_id)
                .where(Invitation.survey_id == survey.id, Invitation.finished_on.is_not(None))
            )
            assert survey.school_count in (None, db.session.scalar(named))
            assert survey.opens_at <= clock.now()
