"""The kernel: marks, headers, errors, health."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError, OperationalError

from cop_site import create_app
from cop_site.db import db
from cop_site.transaction import transaction
from cop_site.web import access
from tests.support.client import GatedClient


class TestMarks:
    def test_a_view_without_one_stops_the_start(self) -> None:
        app = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite://"})
        app.add_url_rule("/bare", "bare", lambda: "x")
        with pytest.raises(RuntimeError, match="views without an access mark: bare"):
            access.check_marks(app)


class TestHeaders:
    @pytest.mark.parametrize("path", ["/sign-in", "/nowhere", "/static/site.css", "/health/live"])
    def test_are_on_every_answer(self, client: GatedClient, path: str) -> None:
        answer = client.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        answer.close()

    def test_pages_are_not_stored_and_static_files_are(self, client: GatedClient) -> None:
        assert client.get("/sign-in").headers["Cache-Control"] == "no-store"
        answer = client.get("/static/site.css")
        assert "max-age=31536000" in answer.headers["Cache-Control"]
        answer.close()

    def test_a_static_file_that_is_not_there_is_not_stored(self, client: GatedClient) -> None:
        answer = client.get("/static/nowhere.css")
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"

    def test_policy_names_the_one_file_of_the_cdn(self, client: GatedClient) -> None:
        policy = client.get("/sign-in").headers["Content-Security-Policy"]
        assert "https://cdn.jsdelivr.net/npm/htmx.org@2.0.11/dist/htmx.min.js;" in policy

    def test_with_local_scripts_only_nothing_comes_from_outside(self) -> None:
        app = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite://", "HTMX_FROM": "local"})
        answer = app.test_client().get("/nowhere")
        assert "https:" not in answer.headers["Content-Security-Policy"]


class TestHost:
    def test_a_name_that_is_not_ours_is_a_bad_request(self) -> None:
        names = {"TRUSTED_HOSTS": ["cop.lark.example"], "PROPAGATE_EXCEPTIONS": False}
        app = create_app({"SQLALCHEMY_DATABASE_URI": "sqlite://", **names})
        answer = app.test_client().get("/events", headers={"Host": "evil.example"})
        assert answer.status_code == 400
        assert "evil" not in answer.text
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


class TestErrors:
    def test_a_database_that_is_away_is_503_with_a_page(
        self, app: Flask, client: GatedClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_args: Any, **_more: Any) -> None:
            raise OperationalError("SELECT 1", {}, Exception("connection refused"))

        monkeypatch.setattr(db.session, "execute", away)
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert "away for a moment" in answer.text
        assert "connection refused" not in answer.text

    def test_a_fault_of_ours_says_so_and_tells_nothing(
        self, app: Flask, client: GatedClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_args: Any, **_more: Any) -> None:
            raise ZeroDivisionError("secret detail")

        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        monkeypatch.setattr(db.session, "execute", broken)
        answer = client.get("/health/ready")
        assert answer.status_code == 500
        assert "secret detail" not in answer.text

    def test_what_people_typed_stays_out_of_a_faults_text(self, committed_app: Flask) -> None:
        statement = sa.text("SELECT nothing FROM nowhere WHERE name = :name")
        with pytest.raises(DBAPIError) as caught:
            db.session.execute(statement, {"name": "Nora New"})
        assert "nowhere" in str(caught.value)
        assert "Nora New" not in str(caught.value)

    def test_a_body_too_large_is_413(self, client: GatedClient) -> None:
        answer = client.send("/sign-in", email="x" * 1_100_000)
        assert answer.status_code == 413


class TestTransaction:
    def test_refuses_changes_made_outside(self, app: Flask) -> None:
        from tests.factories.schools import make_authority

        row = make_authority()
        db.session.commit()
        row.name = "Changed outside"
        with pytest.raises(RuntimeError, match="outside a transaction"), transaction():
            pass
        db.session.rollback()

    def test_refuses_to_nest(self, app: Flask) -> None:
        with pytest.raises(RuntimeError, match="already open"), transaction(), transaction():
            pass

    def test_rolls_back_on_anything(self, app: Flask) -> None:
        with pytest.raises(KeyboardInterrupt), transaction():
            db.session.execute(sa.text("INSERT INTO partner_service (name) VALUES ('Never kept')"))
            raise KeyboardInterrupt
        count = db.session.scalar(sa.text("SELECT count(*) FROM partner_service"))
        assert count == 0


class TestMethods:
    def test_one_that_does_not_work_says_which_do(self, client: GatedClient) -> None:
        answer = client.send("/health/live")
        assert answer.status_code == 405
        assert "GET" in answer.headers["Allow"]


class TestFaults:
    def test_the_log_names_the_view_and_never_the_address(
        self, app: Flask, caplog: pytest.LogCaptureFixture
    ) -> None:
        # Some addresses are somebody's personal link.
        with app.test_request_context("/s/secret-token"):
            app.log_exception((None, None, None))
        assert "secret-token" not in caplog.text
        assert "surveys.by_link" in caplog.text


class TestDatabase:
    def test_compiles_no_statement(self, app: Flask) -> None:
        """PostgreSQL would, from some number of rows on, and answer in seconds."""
        if db.engine.dialect.name == "postgresql":
            assert db.session.scalar(sa.text("SHOW jit")) == "off"
        else:
            assert db.session.scalar(sa.text("PRAGMA foreign_keys")) == 1
