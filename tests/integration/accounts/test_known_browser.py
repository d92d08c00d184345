"""A browser remembers the last few who signed in from it: guessing locks none of them out."""

from __future__ import annotations

import hashlib

from flask import Flask
from itsdangerous import URLSafeSerializer
from werkzeug import Response
from werkzeug.http import parse_cookie

from cop_site.accounts import known_browser, passwords
from cop_site.accounts.known_browser import KEPT
from cop_site.db import db
from cop_site.web.cookies import known_browser_name
from tests.factories.people import make_user
from tests.support.client import GatedClient

PASSWORD = "three plain words"
HASH = passwords.hash_password(PASSWORD)


def known_after(app: Flask, email: str, value: str) -> str:
    """The cookie once somebody has signed in on a browser that had ``value``."""
    response = Response()
    with app.test_request_context(headers={"Cookie": f"{known_browser_name()}={value}"}):
        known_browser.remember(response, email)
    return parse_cookie(response.headers["Set-Cookie"])[known_browser_name()]


def secret_of(app: Flask, email: str, value: str) -> str:
    with app.test_request_context(headers={"Cookie": f"{known_browser_name()}={value}"}):
        return known_browser.find_secret(email)


class TestKnownBrowser:
    def test_on_a_shared_computer_it_locks_none_of_them_out(
        self, client: GatedClient, app: Flask
    ) -> None:
        people = [make_user(password_hash=HASH) for _ in range(KEPT)]
        db.session.commit()
        for one in people:
            client.send("/sign-in", email=one.email, password=PASSWORD)
            client.send("/sign-out")
        stranger = client.application.test_client()
        assert isinstance(stranger, GatedClient)
        for _ in range(11):
            stranger.send("/sign-in", email=people[0].email, password="wrong password")
        assert client.send("/sign-in", email=people[0].email, password=PASSWORD).status_code == 303

    def test_each_of_them_has_a_secret_of_their_own_and_the_oldest_makes_room(
        self, app: Flask
    ) -> None:
        names = [f"{number}@school.example" for number in range(KEPT + 1)]
        value, secrets = "", []
        for name in names:
            value = known_after(app, name, value)
            secrets.append(secret_of(app, name, value))
        assert len(set(secrets)) == KEPT + 1
        kept = [secret_of(app, name, value) for name in names]
        assert kept == ["", *secrets[1:]]
        again = known_after(app, names[1], value)
        last = known_after(app, "one-more@school.example", again)
        assert secret_of(app, names[1], last) == secrets[1]
        assert secret_of(app, names[2], last) == ""

    def test_a_cookie_from_when_one_was_kept_still_counts_and_a_made_up_one_does_not(
        self, app: Flask
    ) -> None:
        account = hashlib.sha256(b"old@school.example").hexdigest()[:16]
        made = URLSafeSerializer(app.config["SECRET_KEY"], salt="known browser")
        old = str(made.dumps([account, "their secret"]))
        assert secret_of(app, "old@school.example", old) == "their secret"
        both = known_after(app, "new@school.example", old)
        assert secret_of(app, "old@school.example", both) == "their secret"
        forged = str(URLSafeSerializer("another key", salt="known browser").dumps([account, "x"]))
        assert secret_of(app, "old@school.example", forged) == ""
