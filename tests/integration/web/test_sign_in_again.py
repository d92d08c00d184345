"""Who was signed out while pressing a button comes back to a page that is there."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.routing import Rule

from cop_site.accounts.models import User
from cop_site.accounts.services import end_sign_ins
from cop_site.db import db
from cop_site.web.access import mark_of
from cop_site.web.parking import ParkedForm
from tests.factories.people import make_user
from tests.factories.schools import make_authority
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only

# It only takes a form.
SWITCH = "/account/school"


@pytest.fixture
def user(client: GatedClient) -> User:
    """Somebody whose sign-in has just ended."""
    make_authority()
    user = make_user()
    db.session.commit()
    client.sign_in(user)
    client.get("/account")
    end_sign_ins(user.id, why="test")
    db.session.commit()
    return user


def press(client: GatedClient, path: str, **headers: Any) -> str:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = client.post(path, data={"csrf_token": client.token(), "note": "Typed"}, headers=names)
    assert answer.status_code in (303, 401)
    return answer.headers.get("HX-Redirect") or answer.location


class TestAskToSignIn:
    def test_leads_back_to_the_page_with_the_button(self, client: GatedClient, user: User) -> None:
        came = "http://localhost/events?when=past"
        assert press(client, SWITCH, Referer=came) == "/sign-in?next=/events?when%3Dpast"

    @pytest.mark.parametrize(
        "came",
        [
            "",
            "/events",
            "http://evil.example/events",
            "http://localhost.evil.example/events",
            "http://localhost:81/events",
            "http://localhost@evil.example/events",
            "http://localhost//evil.example/",
            "http://localhost/\\evil.example",
            "http://[evil",
            "javascript:alert(1)",
            "http://localhost/nowhere",
            f"http://localhost{SWITCH}",
        ],
    )
    def test_anything_else_leads_home(self, client: GatedClient, user: User, came: str) -> None:
        assert press(client, SWITCH, Referer=came) == "/sign-in?next=/"

    def test_form_with_a_page_of_its_own_comes_back_there(
        self, client: GatedClient, user: User
    ) -> None:
        came = "http://localhost/account"
        assert press(client, "/account/details", Referer=came) == "/sign-in?next=/account/details"
        assert db.session.scalar(sa.select(sa.func.count(ParkedForm.id))) == 1

    def test_of_a_button_nothing_is_kept_that_no_page_would_show(
        self, client: GatedClient, user: User
    ) -> None:
        address = press(client, "/account/forget-me/take-back", Referer="http://localhost/account")
        assert address == "/sign-in?next=/account"
        assert db.session.scalar(sa.select(sa.func.count(ParkedForm.id))) == 0
        assert "What you typed is kept" not in client.get(address).text

    def test_by_htmx_leads_to_the_page_around_it(self, client: GatedClient, user: User) -> None:
        htmx = {"HX_Request": "true", "Referer": "http://localhost/account"}
        here = press(client, SWITCH, HX_Current_URL="http://localhost/events", **htmx)
        assert here == "/sign-in?next=/events"
        formless = press(client, SWITCH, HX_Current_URL=f"http://localhost{SWITCH}", **htmx)
        assert formless == "/sign-in?next=/"

    def test_no_button_of_the_site_leads_to_what_cannot_be_opened(
        self, client: GatedClient, user: User
    ) -> None:
        app = client.application
        paths = list(_only_forms(app))
        assert len(paths) > 10
        for path in paths:
            answer = client.post(path, headers={"Referer": f"http://localhost{path}"})
            assert answer.location == "/sign-in?next=/", path


def _value_of(rule: Rule, name: str) -> Any:
    """One that the address takes: the first of its words, where it takes only those."""
    return min(getattr(rule._converters[name], "items", [1]))


def _only_forms(app: Flask) -> list[str]:
    """Addresses behind the sign-in that take forms and show nothing."""
    rules = list(app.url_map.iter_rules())
    shown = {rule.rule for rule in rules if "GET" in (rule.methods or ())}
    found = []
    for rule in rules:
        mark = mark_of(app, rule.endpoint)
        if rule.rule not in shown and mark is not None and not mark.public:
            with app.test_request_context():
                values = {name: _value_of(rule, name) for name in rule.arguments}
                found.append(str(app.url_map.bind("").build(rule.endpoint, values)))
    return found
