"""Closing: counted, mixed, and nothing left that joins who answered with what."""

from __future__ import annotations

import sys
from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.services import close_register
from cop_site.cli.surveys import close_due
from cop_site.db import db, vacuum
from cop_site.errors import NotFoundError
from cop_site.notifications.models import OutboxMessage
from cop_site.surveys import closing_services, result_queries
from cop_site.surveys.answer_models import Answer, Invitation, Response
from cop_site.surveys.answer_services import finish, save_answers
from cop_site.surveys.models import Survey, SurveyKind
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories import people, schools
from tests.factories.acting import acting
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.surveys import make_invitation, make_response, make_survey, question
from tests.integration.surveys.answers import KEY, answer, ask, is_postgresql, open_survey
from tests.support.race import race


class TestCloseSurvey:
    def test_counts_and_drops_what_was_not_finished(self, app: Flask) -> None:
        survey_id = open_survey()
        invitations = ask(survey_id, 3)
        answer(invitations[0], "Kept")
        with transaction():
            save_answers(
                invitations[1], {question("reaction.comment").id: ("", "Not sent")}, pseudonyms=KEY
            )
        survey = db.session.get_one(Survey, survey_id)
        survey.closes_at = NOON
        db.session.commit()
        with transaction():
            assert closing_services.close_survey(survey_id)
        assert (survey.asked_count, survey.answered_count, survey.closed_at) == (3, 1, NOON)
        assert list(db.session.scalars(sa.select(Answer.text).order_by(Answer.text))) == [
            *("", "Kept")
        ]

    def test_counts_the_schools_of_those_who_finished_once_each(self, app: Flask) -> None:
        survey = make_survey(closes_at=NOON)
        one, two, three = (schools.make_school() for _ in range(3))
        for named, finished in (([one, two], True), ([two], True), ([three], False)):
            row = make_invitation(survey, people.make_person(), named)
            row.finished_on = NOON.date() if finished else None
        db.session.commit()
        with transaction():
            closing_services.close_survey(survey.id)
        db.session.expire_all()
        assert survey.school_count == 2

    def test_of_a_wave_counts_schools_and_keeps_the_sencos(self, app: Flask) -> None:
        survey = make_survey(SurveyKind.SCHOOL_WAVE, series="wave", closes_at=NOON)
        one, two = schools.make_school(), schools.make_school()
        for school in (one, one, two):
            make_invitation(survey, people.make_person(), [school], for_school_id=school.id)
        make_response(survey, {"toolkit.share": "none"}, pseudonym="one", rank=1)
        make_response(survey, {"toolkit.share": "over_half"}, pseudonym="one", revision=3)
        make_response(survey, {"toolkit.share": "up_to_half"}, pseudonym="two", rank=1)
        db.session.commit()
        with transaction():
            closing_services.close_survey(survey.id)
        db.session.expire_all()
        assert (survey.asked_count, survey.answered_count) == (2, 2)
        assert set(db.session.scalars(sa.select(Answer.answer_key))) == {"over_half", "up_to_half"}
        # What would tell a deputy's school, or one where two answered.
        rows = db.session.execute(sa.select(Response.rank, Response.revision))
        assert {tuple(row) for row in rows} == {(0, 1)}

    def test_of_a_wave_keeps_a_deputys_before_a_blank(self, app: Flask) -> None:
        survey = make_survey(SurveyKind.SCHOOL_WAVE, series="wave", closes_at=NOON)
        make_response(survey, {}, pseudonym="one")
        make_response(survey, {"toolkit.share": "none"}, pseudonym="one", rank=1)
        make_response(survey, {}, pseudonym="two")
        db.session.commit()
        with transaction():
            closing_services.close_survey(survey.id)
        db.session.expire_all()
        assert survey.answered_count == 2
        assert list(db.session.scalars(sa.select(Answer.answer_key))) == ["none"]

    def test_of_one_that_still_runs_does_nothing(self, app: Flask) -> None:
        survey_id = open_survey()
        with transaction():
            assert not closing_services.close_survey(survey_id)
        assert closing_services.list_due() == []

    def test_is_not_shown_before_it_is_vacuumed(self, app: Flask) -> None:
        survey_id = open_survey(closes_at=NOON)
        with transaction():
            closing_services.close_survey(survey_id)
        with pytest.raises(NotFoundError):
            result_queries.load_result(survey_id)
        assert closing_services.list_due() == [survey_id]
        with transaction():
            closing_services.let_show([survey_id])
        assert result_queries.load_result(survey_id).survey.id == survey_id
        assert closing_services.list_due() == []


class TestCloseDue:
    def test_killed_half_way_is_finished_by_the_next_run(
        self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        survey_id = open_survey(closes_at=NOON + timedelta(minutes=1))
        answer(ask(survey_id, 1)[0], "Kept")
        with monkeypatch.context() as patch:
            patch.setattr(sys.modules["cop_site.cli.surveys"], "vacuum", _die)
            db.session.get_one(Survey, survey_id).closes_at = NOON
            db.session.commit()
            with pytest.raises(KeyboardInterrupt):
                close_due()
        db.session.expire_all()
        assert db.session.get_one(Survey, survey_id).shuffled_at is None
        assert close_due() == 1
        assert close_due() == 0
        db.session.expire_all()
        assert db.session.get_one(Survey, survey_id).shuffled_at is not None
        assert db.session.query(Answer).filter_by(text="Kept").count() == 1

    @pytest.mark.parametrize("level", ["READ COMMITTED", "REPEATABLE READ"])
    def test_shows_nothing_while_an_older_transaction_may_see_the_old_rows(
        self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch, level: str
    ) -> None:
        if not is_postgresql():
            assert vacuum("answer", "response")
            return
        monkeypatch.setattr("cop_site.db.WAITS_FOR_OLDER", 0.2)
        survey_id = open_survey(closes_at=NOON + timedelta(minutes=1))
        answer(ask(survey_id, 1)[0], "Kept")
        db.session.get_one(Survey, survey_id).closes_at = NOON
        db.session.commit()
        with db.engine.connect() as backup:
            backup.execution_options(isolation_level=level)
            backup.execute(sa.text("SELECT text FROM answer")).all()
            assert close_due() == 0
            db.session.expire_all()
            assert db.session.get_one(Survey, survey_id).shuffled_at is None
            db.session.commit()
        assert close_due() == 1
        assert result_queries.load_result(survey_id).survey.asked == 1

    def test_the_command_says_how_many(self, committed_app: Flask) -> None:
        open_survey(closes_at=NOON)
        open_survey(closes_at=NOON + timedelta(days=1))
        runner = committed_app.test_cli_runner()
        assert runner.invoke(args=["surveys", "close-due"]).output == "Closed: 1\n"
        assert runner.invoke(args=["surveys", "close-due"]).output == "Closed: 0\n"

    def test_two_workers_at_once_do_no_harm(self, committed_app: Flask) -> None:
        survey_id = open_survey()
        for number, invitation_id in enumerate(ask(survey_id, 6)):
            answer(invitation_id, f"Line {number}")
        db.session.get_one(Survey, survey_id).closes_at = NOON
        db.session.commit()
        done = race(committed_app, [close_due] * 3)
        assert all(isinstance(one, int) for one in done), done
        close_due()
        lines = db.session.scalars(sa.select(Answer.text).where(Answer.text != ""))
        assert sorted(lines) == [f"Line {number}" for number in range(6)]
        assert result_queries.load_result(survey_id).survey.answered == 6

    def test_against_the_last_answer_either_counts_it_or_refuses_it(
        self, committed_app: Flask
    ) -> None:
        survey_id = open_survey(closes_at=NOON + timedelta(minutes=1))
        invitations = ask(survey_id, 4)

        def late() -> str:
            db.session.execute(
                sa.update(Survey).where(Survey.id == survey_id).values(closes_at=NOON)
            )
            db.session.commit()
            close_due()
            return "closed"

        race(committed_app, [*(partial(answer, id_, "Late") for id_ in invitations), late])
        close_due()
        db.session.expire_all()
        survey = db.session.get_one(Survey, survey_id)
        finished = db.session.query(Invitation).filter(Invitation.finished_on.is_not(None)).count()
        assert survey.answered_count == finished == db.session.query(Response).count()


def _die(*_tables: str) -> None:
    raise KeyboardInterrupt


class TestRaces:
    def test_two_tabs_finish_once(self, committed_app: Flask) -> None:
        survey_id = open_survey()
        (invitation_id,) = ask(survey_id, 1)
        done = race(committed_app, [lambda: answer(invitation_id, "Once")] * 4)
        db.session.rollback()
        assert done == [None] * 4
        assert db.session.query(Response).count() == 1
        assert db.session.query(Answer).filter_by(text="Once").count() == 1

    def test_two_sencos_of_a_school_leave_one_answer(self, committed_app: Flask) -> None:
        survey = make_survey(SurveyKind.SCHOOL_WAVE, series="wave")
        school = schools.make_school()
        invitations = [
            make_invitation(
                survey,
                people.make_person(),
                [school],
                role=SchoolRoleKind.SENCO,
                for_school_id=school.id,
            ).id
            for _ in range(4)
        ]
        db.session.commit()
        share = question("toolkit.share").id

        def answer(id_: int) -> None:
            with transaction():
                finish(id_, {share: ("none", "")}, pseudonyms=KEY)

        done = race(committed_app, [partial(answer, id_) for id_ in invitations])
        db.session.rollback()
        assert done == [None] * 4
        assert db.session.query(Response).count() == 1
        assert db.session.query(Answer).count() == 1

    def test_a_register_closed_by_several_at_once_asks_once(self, committed_app: Flask) -> None:
        schools.make_authority()
        lead = acting(people.make_service_user(ServiceRoleKind.INCLUSION_LEAD))
        session = session_of(make_event(NOON - timedelta(hours=3)))
        register = make_register(session, closed=False)
        for _ in range(5):
            person, school = people.make_person(), schools.make_school()
            people.give_school_role(person, school)
            make_mark(register, person, school)
        db.session.commit()
        session_id = session.id

        def close() -> None:
            with transaction():
                close_register(session_id, mark_rest=False, by=lead)

        assert race(committed_app, [close] * 4) == [None] * 4
        db.session.rollback()
        assert db.session.query(Survey).count() == 1
        assert db.session.query(Invitation).count() == 5
        assert db.session.query(OutboxMessage).count() == 5
