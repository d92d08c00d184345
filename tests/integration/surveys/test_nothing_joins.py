"""Nothing in the database joins an answer to whoever gave it."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.audit import Change
from cop_site.cli.surveys import close_due
from cop_site.db import db
from cop_site.notifications.models import OutboxMessage
from cop_site.surveys import answer_services
from cop_site.surveys.answer_models import Answer, Invitation, Response
from cop_site.surveys.models import Survey
from cop_site.surveys.pseudonym_models import Pseudonyms
from tests.conftest import NOON
from tests.factories import schools
from tests.integration.surveys.answers import KEY, answer, ask, is_postgresql, open_survey

pytestmark = pytest.mark.thorough


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
        survey_id = open_survey()
        lines = [f"Written by number {number}" for number in range(12)]
        for invitation_id, line in zip(ask(survey_id, 12), lines, strict=True):
            answer(invitation_id, line)
        return lines

    def _close(self) -> None:
        db.session.execute(sa.update(Survey).values(closes_at=NOON))
        db.session.commit()
        assert close_due() == 1

    def _column(self, query: str) -> list[Any]:
        return [row[0] for row in db.session.execute(sa.text(query))]

    def test_by_the_order_of_rows(self, lines: list[str]) -> None:
        order = "ORDER BY ctid" if is_postgresql() else ""
        query = f"SELECT text FROM answer WHERE text <> '' {order}"
        self._close()
        found = self._column(query)
        assert sorted(found) == sorted(lines)
        assert found not in (lines, lines[::-1])

    def test_by_the_order_of_responses(self, lines: list[str]) -> None:
        order = "response.ctid" if is_postgresql() else "response.id"
        self._close()
        found = self._column(
            "SELECT text FROM response JOIN answer ON answer.response_id = response.id"
            f" WHERE text <> '' ORDER BY {order}"
        )
        assert len(found) == 12
        assert found not in (lines, lines[::-1])

    def test_by_the_transaction_that_wrote(self, lines: list[str]) -> None:
        if not is_postgresql():
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
        if is_postgresql():
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
        survey_id = open_survey()
        (invitation_id,) = ask(survey_id, 1)
        with caplog.at_level("DEBUG"):
            answer(invitation_id, "Said in confidence")
        assert "Said in confidence" not in caplog.text
        assert KEY.of_draft(invitation_id) not in caplog.text
