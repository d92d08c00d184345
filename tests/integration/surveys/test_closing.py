"""Closing: counted, mixed, and nothing left that joins who answered with what."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.services import close_register
from cop_site.audit import Change
from cop_site.cli.surveys import close_due
from cop_site.db import db, vacuum
from cop_site.errors import NotFoundError
from cop_site.notifications.models import OutboxMessage
from cop_site.surveys import answer_services, closing_services, result_queries
from cop_site.surveys.answer_models import Answer, Invitation, Response
from cop_site.surveys.answer_services import finish, save_answers
from cop_site.surveys.models import Survey, SurveyKind
from cop_site.surveys.pseudonym_models import Pseudonyms
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories import people, schools
from tests.factories.acting import acting
from tests.factories.events import make_event, make_mark, make_register, session_of
from tests.factories.surveys import make_invitation, make_response, make_survey, question
from tests.support.race import race

KEY = Pseudonyms("a key for these tests")


def _survey(kind: SurveyKind = SurveyKind.END_OF_SESSION, **values: Any) -> int:
    survey = make_survey(kind, **values)
    db.session.commit()
    return survey.id


def _ask(survey_id: int, count: int) -> list[int]:
    survey = db.session.get_one(Survey, survey_id)
    school = schools.make_school()
    rows = [make_invitation(survey, people.make_person(), [school]) for _ in range(count)]
    db.session.commit()
    return [row.id for row in rows]


def _answer(invitation_id: int, line: str) -> None:
    """As a request would: two pages, each in a transaction of its own."""
    asked = question("reaction.comment").id
    clarity = question("reaction.clarity").id
    with transaction():
        save_answers(invitation_id, {clarity: ("agree", "")}, pseudonyms=KEY)
    with transaction():
        finish(invitation_id, {asked: ("", line)}, pseudonyms=KEY)


def _is_postgresql() -> bool:
    return db.engine.dialect.name == "postgresql"


class TestCloseSurvey:
    def test_counts_and_drops_what_was_not_finished(self, app: Flask) -> None:
        survey_id = _survey()
        invitations = _ask(survey_id, 3)
        _answer(invitations[0], "Kept")
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
        survey_id = _survey()
        with transaction():
            assert not closing_services.close_survey(survey_id)
        assert closing_services.list_due() == []

    def test_is_not_shown_before_it_is_vacuumed(self, app: Flask) -> None:
        survey_id = _survey(closes_at=NOON)
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
        survey_id = _survey(closes_at=NOON + timedelta(minutes=1))
        _answer(_ask(survey_id, 1)[0], "Kept")
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
        if not _is_postgresql():
            assert vacuum("answer", "response")
            return
        monkeypatch.setattr("cop_site.db.WAITS_FOR_OLDER", 0.2)
        survey_id = _survey(closes_at=NOON + timedelta(minutes=1))
        _answer(_ask(survey_id, 1)[0], "Kept")
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
        _survey(closes_at=NOON)
        _survey(closes_at=NOON + timedelta(days=1))
        runner = committed_app.test_cli_runner()
        assert runner.invoke(args=["surveys", "close-due"]).output == "Closed: 1\n"
        assert runner.invoke(args=["surveys", "close-due"]).output == "Closed: 0\n"

    def test_two_workers_at_once_do_no_harm(self, committed_app: Flask) -> None:
        survey_id = _survey()
        for number, invitation_id in enumerate(_ask(survey_id, 6)):
            _answer(invitation_id, f"Line {number}")
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
        survey_id = _survey(closes_at=NOON + timedelta(minutes=1))
        invitations = _ask(survey_id, 4)

        def late() -> str:
            db.session.execute(
                sa.update(Survey).where(Survey.id == survey_id).values(closes_at=NOON)
            )
            db.session.commit()
            close_due()
            return "closed"

        race(committed_app, [*(partial(_answer, id_, "Late") for id_ in invitations), late])
        close_due()
        db.session.expire_all()
        survey = db.session.get_one(Survey, survey_id)
        finished = db.session.query(Invitation).filter(Invitation.finished_on.is_not(None)).count()
        assert survey.answered_count == finished == db.session.query(Response).count()


def _die(*_tables: str) -> None:
    raise KeyboardInterrupt


class TestRaces:
    def test_two_tabs_finish_once(self, committed_app: Flask) -> None:
        survey_id = _survey()
        (invitation_id,) = _ask(survey_id, 1)
        done = race(committed_app, [lambda: _answer(invitation_id, "Once")] * 4)
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


class TestNothingJoins:
    """Twelve people answer one after another; somebody has the whole database afterwards."""

    @pytest.fixture
    def lines(self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """What each wrote, in the order in which they finished.

        Keys follow each other, so that no order is random before the survey closes.
        """
        numbers = count()
        monkeypatch.setattr(answer_services, "new_key", lambda: f"{next(numbers):032x}")
        schools.make_authority()
        survey_id = _survey()
        lines = [f"Written by number {number}" for number in range(12)]
        for invitation_id, line in zip(_ask(survey_id, 12), lines, strict=True):
            _answer(invitation_id, line)
        return lines

    def _close(self) -> None:
        db.session.execute(sa.update(Survey).values(closes_at=NOON))
        db.session.commit()
        assert close_due() == 1

    def _column(self, query: str) -> list[Any]:
        return [row[0] for row in db.session.execute(sa.text(query))]

    def test_by_the_order_of_rows(self, lines: list[str]) -> None:
        order = "ORDER BY ctid" if _is_postgresql() else ""
        query = f"SELECT text FROM answer WHERE text <> '' {order}"
        self._close()
        found = self._column(query)
        assert sorted(found) == sorted(lines)
        assert found not in (lines, lines[::-1])

    def test_by_the_order_of_responses(self, lines: list[str]) -> None:
        order = "response.ctid" if _is_postgresql() else "response.id"
        self._close()
        found = self._column(
            "SELECT text FROM response JOIN answer ON answer.response_id = response.id"
            f" WHERE text <> '' ORDER BY {order}"
        )
        assert len(found) == 12
        assert found not in (lines, lines[::-1])

    def test_by_the_transaction_that_wrote(self, lines: list[str]) -> None:
        if not _is_postgresql():
            with pytest.raises(sa.exc.OperationalError, match="no such column"):
                db.session.execute(sa.text("SELECT rowid FROM response"))
            with pytest.raises(sa.exc.OperationalError, match="no such column"):
                db.session.execute(sa.text("SELECT rowid FROM answer"))
            return
        joined = (
            "SELECT count(*) FROM invitation JOIN response"
            " ON response.xmin::text = invitation.xmin::text"
        )
        # While it is open it can be joined: so the test would see it.
        assert self._column(joined) == [12]
        self._close()
        assert self._column(joined) == [0]
        for table in ("response", "answer"):
            assert self._column(f"SELECT count(DISTINCT xmin::text) FROM {table}") == [1]

    def test_by_keys_kept_from_before(self, lines: list[str]) -> None:
        query = "SELECT id FROM response UNION SELECT id FROM answer"
        before = set(self._column(query))
        self._close()
        assert before.isdisjoint(self._column(query))

    def test_by_what_is_left_in_the_file(self, lines: list[str]) -> None:
        """SQLite leaves deleted rows in its pages, and old pages in its log."""
        if _is_postgresql():
            vacuumed = (
                "SELECT sum(vacuum_count)::int FROM pg_stat_user_tables"
                " WHERE relname IN ('response', 'answer')"
            )
            assert self._column(vacuumed) == [0]
            self._close()
            assert self._column(vacuumed) == [2]
            return
        before = self._column("SELECT id FROM response")
        path = Path(str(db.engine.url.database))
        self._close()
        db.session.remove()
        kept = b"".join(
            file.read_bytes()
            for file in (path, path.with_name(f"{path.name}-wal"))
            if file.exists()
        )
        assert not [id_ for id_ in before if id_.encode() in kept]

    def test_by_history_messages_or_times(self, lines: list[str]) -> None:
        self._close()
        # The one message and the one change there may be are of the asking.
        said = str([row.now for row in db.session.scalars(sa.select(Change))])
        said += str([row.context for row in db.session.scalars(sa.select(OutboxMessage))])
        for pseudonym in self._column("SELECT pseudonym FROM response"):
            assert pseudonym not in said
        for table in (Response.__table__, Answer.__table__):
            kinds = {column.type.python_type for column in table.columns}
            assert kinds.isdisjoint({date, datetime})
        assert isinstance(Invitation.__table__.c.finished_on.type, sa.Date)

    @pytest.mark.parametrize(
        ("table", "columns"),
        [
            (Response.__table__, "id survey_id pseudonym rank revision is_finished"),
            (Answer.__table__, "id response_id question_id answer_key text"),
        ],
        ids=["response", "answer"],
    )
    def test_by_anything_that_a_school_or_person_has(
        self, lines: list[str], table: sa.Table, columns: str
    ) -> None:
        """A cluster and a phase named the school: one of the schools asked had both.

        So a new column of either table needs its own look here, and what differs from row to row
        once a survey is closed is random, the pseudonym or what was said.
        """
        assert {column.name for column in table.columns} == set(columns.split())
        targets = {key.column.table.name for key in table.foreign_keys}
        assert targets <= {"survey", "response", "question"}
        self._close()
        if table.name == "response":
            alike = "SELECT count(DISTINCT (rank || ' ' || revision || ' ' || is_finished))"
            assert self._column(f"{alike} FROM response") == [1]

    def test_by_trying_everybodys_id_without_the_key(self, lines: list[str]) -> None:
        self._close()
        series = self._column("SELECT series FROM survey")[0]
        found = set(self._column("SELECT pseudonym FROM response"))
        ids = self._column("SELECT id FROM person")
        assert found == {KEY.of_person(series, id_) for id_ in ids}
        assert found.isdisjoint(Pseudonyms("").of_person(series, id_) for id_ in ids)

    def test_by_the_log(self, lines: list[str], caplog: pytest.LogCaptureFixture) -> None:
        survey_id = _survey()
        (invitation_id,) = _ask(survey_id, 1)
        with caplog.at_level("DEBUG"):
            _answer(invitation_id, "Said in confidence")
        assert "Said in confidence" not in caplog.text
        assert KEY.of_draft(invitation_id) not in caplog.text
