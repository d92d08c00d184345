"""``flask demo`` and what production refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

import config
from cop_site import create_app
from cop_site.schools.queries import find_authority
from tests.integration.demo.conftest import DAYS

pytestmark = pytest.mark.thorough

PRODUCTION = {
    "PRODUCTION": True,
    "SECOND_STEP": "required",
    "SECRET_KEY": "a secret of forty letters, more or less.",
    "SURVEY_KEY": "another secret of forty letters, or so..",
    "TRUSTED_HOSTS": ["cop.example"],
    "MAIL_TRANSPORT": "smtp",
}


class TestEnsure:
    def test_builds_once_and_prints_the_sign_ins(self, committed_app: Flask) -> None:
        runner = committed_app.test_cli_runner()
        first = runner.invoke(args=["demo", "ensure"])
        assert first.exit_code == 0, first.output
        assert "http://127.0.0.1:8000" in first.output
        assert "senco@demo.example" in first.output
        again = runner.invoke(args=["demo", "ensure"])
        assert again.exit_code == 0, again.output
        authority = find_authority()
        assert authority is not None
        assert authority.is_demonstration


class TestProduction:
    @pytest.mark.parametrize("built", [DAYS[2]], indirect=True, ids=["in term"])
    def test_refuses_to_start_on_the_demonstration(self, borough: Flask) -> None:
        url = borough.config["SQLALCHEMY_DATABASE_URI"]
        with pytest.raises(RuntimeError, match="demonstration"):
            create_app({**PRODUCTION, "SQLALCHEMY_DATABASE_URI": url})

    def test_starts_on_an_empty_database(self, committed_app: Flask) -> None:
        url = committed_app.config["SQLALCHEMY_DATABASE_URI"]
        app = create_app({**PRODUCTION, "SQLALCHEMY_DATABASE_URI": url})
        assert "development_mail.index" not in app.view_functions

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize(
        ("setting", "value", "word"),
        [
            ("SECRET_KEY", config.DEVELOPMENT_SECRET, "SECRET_KEY"),
            ("SECRET_KEY", "short", "SECRET_KEY"),
            ("SURVEY_KEY", config.DEVELOPMENT_SURVEY_KEY, "SURVEY_KEY"),
            ("SURVEY_KEY", "short", "SURVEY_KEY"),
            ("TRUSTED_HOSTS", None, "ALLOWED_HOSTS"),
            ("MAIL_TRANSPORT", "files", "MAIL_TRANSPORT"),
        ],
    )
    def test_refuses_what_is_fit_only_for_development(
        self, setting: str, value: object, word: str
    ) -> None:
        with pytest.raises(RuntimeError, match=word):
            create_app({**PRODUCTION, setting: value})


class TestNewestDemonstration:
    def test_is_the_last_one_built(self, tmp_path: Path) -> None:
        assert config.newest_demonstration(tmp_path).name == "demonstration-001.sqlite3"
        for number in ("001", "002", "010"):
            (tmp_path / f"demonstration-{number}.sqlite3").touch()
        assert config.newest_demonstration(tmp_path).name == "demonstration-010.sqlite3"
