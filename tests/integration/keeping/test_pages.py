"""The authority's settings, how long things are kept, and what everybody may read of it."""

from __future__ import annotations

import ast
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

import cop_site
from cop_site import audit
from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.accounts.passwords import hash_password
from cop_site.cli.housekeeping import keep_house
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.schools import authority_services, retention_services
from cop_site.schools.models import Authority
from cop_site.schools.queries import list_unset
from cop_site.schools.retention_models import RetentionRule
from cop_site.transaction import transaction
from cop_site.web import cookies
from tests.conftest import NOON
from tests.factories.kept import MAKERS
from tests.factories.people import make_service_user, make_user
from tests.factories.schools import make_authority
from tests.support.client import GatedClient
from tests.support.keeping import end_due, kind

PAGE = "/retention/sign_ins"
SEEN = stamp_of({"days": 90})
DETAILS = {
    "name": "Larkshire",
    "service_name": "Larkshire Inclusion",
    "contact_email": "help@lark.example",
    "data_protection_email": "dpo@lark.example",
    "complaints": "Write to the data protection officer.",
}


@pytest.fixture
def admin(app: Flask, client: GatedClient) -> User:
    make_authority()
    admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    client.sign_in(admin)
    return admin


def choose(client: GatedClient, days: object, looked_at: object = "") -> TestResponse:
    return client.send(PAGE, days=str(days), seen=SEEN, looked_at=str(looked_at))


def send_details(client: GatedClient, seen: str, **changes: Any) -> TestResponse:
    fields: dict[str, Any] = {**DETAILS, **changes}
    return client.send("/authority", seen=seen, **fields)


class TestChoosing:
    @pytest.mark.sqlite_only
    def test_says_first_what_would_end_and_saves_what_was_looked_at(
        self, client: GatedClient, admin: User
    ) -> None:
        for days in (40, 50, 100):
            MAKERS["sign_ins"](NOON - timedelta(days=days))
        db.session.commit()
        looked = choose(client, 45)
        assert looked.status_code == 200 and "<b>2 records</b> would end" in looked.text
        assert db.session.scalars(sa.select(RetentionRule)).all() == []
        # Another number than was looked at is looked at in its turn.
        assert "<b>3 records</b> would end" in choose(client, 35, looked_at=45).text
        assert choose(client, 45, looked_at=45).status_code == 303
        rule = db.session.scalars(sa.select(RetentionRule)).one()
        assert (rule.key, rule.days) == ("sign_ins", 45)
        (change,) = audit.list_changes("retention_rule", rule.id)
        assert (change.was["days"], change.now["days"], change.by_user_id) == (90, 45, admin.id)
        assert end_due("sign_ins") == 2
        assert "<b>45 days</b> after the sign-in has ended" in client.get("/privacy").text
        assert "45 days after the sign-in" in client.get("/retention").text
        assert "How long something is kept" in client.get("/changes").text

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("days", ["29", "366", "-1", "many", "", "9" * 30])
    def test_stays_within_bounds(self, client: GatedClient, admin: User, days: str) -> None:
        answer = choose(client, days, looked_at=days)
        assert answer.status_code == 422 and "nter a " in answer.text

    @pytest.mark.sqlite_only
    def test_shows_a_second_editor_both(self, client: GatedClient, admin: User) -> None:
        with transaction():
            retention_services.choose_days(kind("sign_ins"), 45, seen=SEEN, by=admin.id)
        answer = choose(client, 60, looked_at=60)
        assert answer.status_code == 422 and "What was saved meanwhile" in answer.text
        assert db.session.scalars(sa.select(RetentionRule.days)).one() == 45

    def test_is_once_a_kind_and_only_where_anybody_may(self, app: Flask) -> None:
        make_authority()
        db.session.commit()
        kept = kind("sign_ins")
        for days, was in ((45, 90), (60, 45), (60, 60)):
            with transaction():
                seen = stamp_of({"days": was})
                retention_services.choose_days(kept, days, seen=seen, by=1)
        assert db.session.scalars(sa.select(RetentionRule.days)).all() == [60]
        with pytest.raises(StaleEditError), transaction():
            retention_services.choose_days(kept, 50, seen=SEEN, by=1)
        with pytest.raises(DomainError), transaction():
            retention_services.choose_days(kind("guesses"), 1, seen=SEEN, by=1)

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("key", ["guesses", "nothing"])
    def test_of_what_nobody_may_choose_is_not_there(
        self, client: GatedClient, admin: User, key: str
    ) -> None:
        assert client.get(f"/retention/{key}").status_code == 404


@pytest.mark.sqlite_only
def test_the_list_says_what_the_last_run_did(
    app: Flask, client: GatedClient, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "It has not run yet" in client.get("/retention").text
    with transaction():
        run_id = retention_services.begin_run().id
    keep_house(run_id)
    assert "Nothing was due to be deleted." in client.get("/retention").text
    MAKERS["guesses"](NOON - timedelta(days=9))
    db.session.commit()
    with transaction():
        run_id = retention_services.begin_run().id
    keep_house(run_id)
    assert "It ended 1 record in" in client.get("/retention").text
    with transaction():
        retention_services.note_ended(run_id, "guesses", 0, 2)
    page = client.get("/retention").text
    assert "1 kind failed" in page and "1<br><strong>2 failed</strong>" in page


@pytest.mark.sqlite_only
class TestAuthority:
    def test_is_changed_and_everybody_reads_it(self, client: GatedClient, admin: User) -> None:
        page = client.get("/authority")
        assert 'value="Larkshire Inclusion Service"' in page.text
        authority = db.session.scalars(sa.select(Authority)).one()
        seen = stamp_of(vars(authority_services.read_details(authority)))
        assert send_details(client, seen).status_code == 303
        (change,) = audit.list_changes("authority", 1)
        assert change.now["data_protection_email"] == "dpo@lark.example"
        assert "name" not in change.now
        notice = client.get("/privacy").text
        assert "mailto:dpo@lark.example" in notice
        assert "Write to the data protection officer." in notice
        assert "This is a draft." in notice
        db.session.refresh(authority)
        now = stamp_of(vars(authority_services.read_details(authority)))
        assert send_details(client, now, notice_confirmed="y").status_code == 303
        assert "This is a draft." not in client.get("/privacy").text
        again = send_details(client, seen, name="Other")
        assert again.status_code == 422 and "What was saved meanwhile" in again.text
        assert authority.name == "Larkshire"

    @pytest.mark.parametrize(
        ("field", "typed"), [("name", " "), ("data_protection_email", "no address")]
    )
    def test_refuses_what_is_none(
        self, client: GatedClient, admin: User, field: str, typed: str
    ) -> None:
        answer = send_details(client, "", **{field: typed})
        assert answer.status_code == 422 and f'href="#{field}"' in answer.text


@pytest.mark.sqlite_only
def test_the_start_says_what_the_privacy_notice_lacks(committed_app: Flask) -> None:
    assert list_unset() == []
    make_authority(data_protection_email="dpo@lark.example")
    db.session.commit()
    assert list_unset() == ["how to complain about how data is used"]


@pytest.mark.sqlite_only
class TestPrivacy:
    def test_is_read_by_anybody_and_from_every_page(self, app: Flask, client: GatedClient) -> None:
        make_authority()
        db.session.commit()
        sign_in = client.get("/sign-in").text
        assert 'href="/privacy"' in sign_in and 'href="/cookies"' in sign_in
        notice = client.get("/privacy").text
        for kept in app.extensions["kept"]:
            assert kept.what in notice and kept.since in notice, kept.key
        for word in ("Larkshire", "6(1)(e)", "draft", "ico.org.uk", "/account/data", "Complain"):
            assert word in notice, word

    def test_is_there_before_the_site_is_set_up(self, client: GatedClient) -> None:
        assert client.get("/privacy").status_code == 200


@pytest.mark.sqlite_only
class TestAccessibility:
    def test_is_read_by_anybody_and_says_whom_to_write_to(self, client: GatedClient) -> None:
        assert "No address to write to is entered yet." in client.get("/accessibility").text
        make_authority(contact_email="inclusion@lark.example")
        db.session.commit()
        assert 'href="/accessibility"' in client.get("/sign-in").text
        statement = client.get("/accessibility").text
        for word in ("Larkshire", "mailto:inclusion@lark.example", "partially compliant", "2018"):
            assert word in statement, word
        assert "No address to write to" not in statement


@pytest.mark.sqlite_only
class TestCookies:
    def test_lists_every_cookie_that_signing_in_sets_and_no_other(
        self, app: Flask, client: GatedClient
    ) -> None:
        make_authority()
        password = "a long password of words"
        user = make_user(password_hash=hash_password(password))
        db.session.commit()
        client.get("/sign-in")
        fields: dict[str, Any] = {"email": user.email, "password": password, "remember": "y"}
        assert client.send("/sign-in", **fields).status_code == 303
        held = {cookie.key for cookie in (client._cookies or {}).values()}
        assert held == {cookie.name for cookie in cookies.list_cookies()}
        page = client.get("/cookies").text
        for cookie in cookies.list_cookies():
            assert f"<code>{cookie.name}</code>" in page
        assert "cdn.jsdelivr.net" in page

    def test_lists_every_note_that_the_sign_in_cookie_may_hold(self) -> None:
        root = Path(cop_site.__file__).parent
        noted = {key for path in root.rglob("*.py") for key in _keys_of_session(path)}
        by_libraries = {"_flashes", "_permanent", "csrf_token"}
        listed = {key for note in cookies.SESSION_NOTES for key in note.keys}
        assert listed == noted | by_libraries

    def test_lists_all_that_scripts_keep_in_the_browser(
        self, app: Flask, client: GatedClient
    ) -> None:
        make_authority()
        static = Path(cop_site.__file__).parent.parent / "static"
        writing = {
            path.name
            for path in static.glob("*.js")
            if re.search(r"Storage\.setItem|indexedDB", path.read_text("utf-8"))
        }
        # That one keeps whether accordions are open, of which there is none here.
        assert writing - {"govuk.js"} == {one.script for one in cookies.KEPT_IN_BROWSER}
        sheet = (static.parent / "templates/attendance/show.html").read_text("utf-8")
        page = client.get("/cookies").text
        assert 'data-kept="marks ' in sheet
        for one in cookies.KEPT_IN_BROWSER:
            assert all(text in page for text in (one.name, one.purpose, one.lasts))

    def test_only_one_place_sets_another_cookie(self) -> None:
        root = Path(cop_site.__file__).parent
        setting = [
            path.name for path in root.rglob("*.py") if ".set_cookie(" in path.read_text("utf-8")
        ]
        assert setting == ["known_browser.py"]


def _keys_of_session(path: Path) -> set[str]:
    """What is written as session["key"] = ..."""
    return {
        ast.literal_eval(target.slice)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Subscript) and ast.unparse(target.value) == "session"
    }
