"""``flask setup``, answered in full by options or by a person."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask

import config as settings
from cop_site import clock
from cop_site.accounts import (
    link_services,
    passwords,
)
from cop_site.accounts import services as account_services
from cop_site.accounts.models import OneTimeLink, Person, ServiceRole, ServiceRoleKind, User
from cop_site.db import db
from cop_site.schools.models import Authority, Term
from tests.conftest import Databases, make_app
from tests.support.client import GatedClient

pytestmark = pytest.mark.thorough

TERM = "Autumn 2026,2026-09-01,2026-12-18"
OPTIONS = {
    "--name": "Larkshire",
    "--service-name": "Larkshire Inclusion Service",
    "--contact-email": "help@lark.example",
    "--admin-name": "The administrator",
    "--admin-email": "Admin@Lark.example",
}
PASSWORD = "three plain words"


def run(app: Flask, *more: str, typed: str = "", **changes: str) -> Result:
    options = OPTIONS | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    arguments = ["setup", *(part for pair in options.items() for part in pair if pair[1]), *more]
    result = app.test_cli_runner().invoke(args=arguments, input=typed)
    db.session.rollback()
    return result


def count_rows() -> tuple[int, ...]:
    kinds = (Authority, Term, Person, User, ServiceRole, OneTimeLink)
    counts = tuple(db.session.query(kind).count() for kind in kinds)
    db.session.rollback()
    return counts


class TestByOptions:
    def test_takes_the_half_term_after_the_terms_own_days(self, committed_app: Flask) -> None:
        result = run(committed_app, "--term", f"{TERM},2026-10-26,2026-10-30", "--link")
        assert result.exit_code == 0, result.output
        term = db.session.query(Term).one()
        assert term.half_term_starts_on == date(2026, 10, 26)
        assert term.half_term_ends_on == date(2026, 10, 30)

    def test_makes_authority_terms_and_administrator(self, committed_app: Flask) -> None:
        second = "Spring 2027,2027-01-04,2027-03-26"
        result = run(committed_app, "--term", TERM, "--term", second, "--link")
        assert result.exit_code == 0, result.output
        assert "Take in the register" in result.output and "Settings" in result.output
        authority = db.session.query(Authority).one()
        assert (authority.name, authority.service_name, authority.contact_email) == (
            "Larkshire",
            "Larkshire Inclusion Service",
            "help@lark.example",
        )
        assert not authority.is_demonstration
        terms = db.session.query(Term).order_by(Term.starts_on).all()
        assert [term.name for term in terms] == ["Autumn 2026", "Spring 2027"]
        assert (terms[0].starts_on, terms[0].ends_on) == (date(2026, 9, 1), date(2026, 12, 18))
        user = db.session.query(User).one()
        role = db.session.query(ServiceRole).one()
        assert (user.email, user.password_hash) == ("admin@lark.example", None)
        assert (role.person_id, role.role, role.starts_on) == (
            user.person_id,
            ServiceRoleKind.ADMINISTRATOR,
            date(2026, 11, 10),
        )

    def test_the_administrator_may_be_the_lead_as_well(self, committed_app: Flask) -> None:
        result = run(committed_app, "--term", TERM, "--link", "--also-lead")
        assert result.exit_code == 0, result.output
        held = {role.role for role in db.session.query(ServiceRole)}
        assert held == {ServiceRoleKind.ADMINISTRATOR, ServiceRoleKind.INCLUSION_LEAD}

    def test_the_link_sets_a_password_and_is_built_from_the_settings(
        self, committed_app: Flask
    ) -> None:
        committed_app.config["SITE_ADDRESS"] = "https://cop.lark.example"
        result = run(committed_app, "--term", TERM, "--link")
        found = re.search(r"^https://cop\.lark\.example/set-password/(\S+)$", result.stdout, re.M)
        assert found
        link_services.set_password(found.group(1), passwords.hash_password(PASSWORD))
        assert account_services.check_password("admin@lark.example", PASSWORD)

    def test_the_link_is_an_address_of_the_site(self, committed_app: Flask) -> None:
        result = run(committed_app, "--term", TERM, "--link")
        path = re.search(r"/set-password/\S+", result.stdout)
        client = committed_app.test_client()
        assert isinstance(client, GatedClient)
        assert path
        assert client.get(path.group()).status_code == 200

    def test_the_password_is_the_first_line_of_the_file(
        self, committed_app: Flask, tmp_path: Path
    ) -> None:
        file = tmp_path / "password"
        file.write_text(f"{PASSWORD} \nsecond line")
        result = run(committed_app, "--term", TERM, "--password-file", str(file))
        assert result.exit_code == 0, result.output
        assert PASSWORD not in result.output
        assert account_services.check_password("admin@lark.example", f"{PASSWORD} ")

    def test_the_password_can_come_by_pipe(self, committed_app: Flask) -> None:
        run(committed_app, "--term", TERM, "--password-file", "-", typed=f"{PASSWORD}\n")
        assert account_services.check_password("admin@lark.example", PASSWORD)

    def test_an_empty_database_is_migrated_first(
        self, databases: Databases, tmp_path: Path
    ) -> None:
        app = make_app(f"sqlite:///{tmp_path / 'new.sqlite3'}")
        with app.app_context():
            result = run(app, "--term", TERM, "--link")
            assert result.exit_code == 0, result.output
            assert count_rows() == (1, 1, 1, 1, 1, 1)
            db.engine.dispose()


class TestByAnswers:
    ANSWERS = (
        *("", "2026-09-01", "2026-12-18", "late October", "2026-10-26", "2026-10-30"),
        *("Spring", "2027-01-04", "next week", "2027-03-26", ""),
        *("", "2027-04-12", "2027-07-23", ""),
    )

    def test_asks_for_this_years_terms_and_a_password_twice(self, committed_app: Flask) -> None:
        typed = "\n".join([*self.ANSWERS, PASSWORD, "something else", PASSWORD, PASSWORD, ""])
        result = run(committed_app, typed=typed)
        assert result.exit_code == 0, result.output
        terms = list(db.session.query(Term).order_by(Term.starts_on))
        assert [term.name for term in terms] == ["Autumn 2026", "Spring", "Summer 2027"]
        breaks = [(term.half_term_starts_on, term.half_term_ends_on) for term in terms]
        assert breaks == [(date(2026, 10, 26), date(2026, 10, 30)), (None, None), (None, None)]
        assert PASSWORD not in result.output
        assert account_services.check_password("admin@lark.example", PASSWORD)

    def test_asks_for_every_name_left_out(self, committed_app: Flask) -> None:
        typed = "Finchshire\n\nThe administrator\nadmin@finch.example\n"
        blank = dict.fromkeys(("name", "service_name", "admin_name", "admin_email"), "")
        result = run(committed_app, "--term", TERM, "--link", typed=typed, **blank)
        assert result.exit_code == 0, result.output
        authority = db.session.query(Authority).one()
        assert (authority.name, authority.service_name) == ("Finchshire", "Finchshire")
        assert db.session.query(User).one().email == "admin@finch.example"

    def test_stopping_half_way_writes_nothing(self, committed_app: Flask) -> None:
        result = run(committed_app, typed="\n2026-09-01\n")
        assert result.exit_code == 1
        assert count_rows() == (0,) * 6


class TestRefusal:
    @pytest.mark.parametrize(
        ("term", "words"),
        [
            ("Autumn", "must be a name and two days"),
            ("Autumn,2026-09-01,soon", "must be a name and two days"),
            ("Spring,2027-01-04,2027-03-26,2027-02-15", "must be a name and two days"),
            (
                "Spring,2027-01-04,2027-03-26,2027-03-22,2027-03-29",
                "The half term of Spring must lie within it",
            ),
            (
                "Spring,2027-01-04,2027-03-26,2027-02-19,2027-02-15",
                "The half term of Spring must lie within it",
            ),
            (",2026-09-01,2026-12-18", "Each term needs a name"),
            ("Autumn,2026-12-18,2026-09-01", "Autumn must end after it starts"),
            ("Winter,2026-12-18,2027-02-01", "Winter must start after Autumn 2026 has ended"),
            ("Autumn 2026,2027-01-04,2027-02-01", "No two terms may have the same name"),
        ],
    )
    def test_a_wrong_term(self, committed_app: Flask, term: str, words: str) -> None:
        self.check(committed_app, run(committed_app, "--term", TERM, "--term", term), words)

    @pytest.mark.parametrize(
        "email", ["nobody", "a@b", "a b@lark.example", "a <b@lark.uk>", "a" * 250 + "@b.uk"]
    )
    def test_a_wrong_email_address(self, committed_app: Flask, email: str) -> None:
        result = run(committed_app, "--term", TERM, "--link", admin_email=email)
        self.check(committed_app, result, "email address in the right format")

    @pytest.mark.parametrize("name", ["name", "service_name", "admin_name"])
    def test_a_blank_name(self, committed_app: Flask, name: str) -> None:
        result = run(committed_app, "--term", TERM, "--link", **{name: " "})
        self.check(committed_app, result, "name")

    def test_a_short_password(self, committed_app: Flask) -> None:
        result = run(committed_app, "--term", TERM, "--password-file", "-", typed="short\n")
        self.check(committed_app, result, "12 characters or more")

    def test_a_missing_password_file(self, committed_app: Flask) -> None:
        result = run(committed_app, "--term", TERM, "--password-file", "no-such-file")
        assert result.exit_code == 2
        assert count_rows() == (0,) * 6

    def test_a_site_that_is_set_up(self, committed_app: Flask) -> None:
        run(committed_app, "--term", TERM, "--link")
        again = run(committed_app, "--term", TERM, "--link", name="Finchshire")
        assert again.exit_code == 1
        assert again.stderr == "Error: This site is set up already, for Larkshire.\n"
        assert count_rows() == (1,) * 6

    def test_a_taken_address_undoes_the_authority_too(self, committed_app: Flask) -> None:
        db.session.add(Person(name="Somebody", email="admin@lark.example", created_at=clock.now()))
        db.session.commit()
        result = run(committed_app, "--term", TERM, "--link")
        assert "already belongs to somebody" in result.stderr
        assert count_rows() == (0, 0, 1, 0, 0, 0)

    def test_the_demonstrations_database(
        self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        path = tmp_path / "demonstration-001.sqlite3"
        monkeypatch.setattr(settings, "newest_demonstration", lambda: path)
        committed_app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{path}"
        result = run(committed_app, "--term", TERM, "--link")
        self.check(committed_app, result, "with DATABASE_URL first")

    def check(self, app: Flask, result: Result, words: str) -> None:
        """One sentence, and nothing written."""
        assert result.exit_code == 1
        assert words in result.stderr
        assert result.stderr.count("\n") == 1
        assert count_rows() == (0,) * 6
