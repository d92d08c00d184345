"""A test client that is a gate: every page it fetches must be sound."""

from __future__ import annotations

import hashlib
import os
from contextvars import Context
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from werkzeug.test import TestResponse

from cop_site.accounts.models import User
from cop_site.accounts.services import start_sign_in
from cop_site.db import db
from cop_site.transaction import transaction
from tests.support.pages import check_fragment, check_page

RAW_TOKEN = "0123456789abcdef0123456789abcdef01234567"
HTMX = {"HX-Request": "true"}


class GatedClient(FlaskClient):
    """Checks every HTML answer, and saves distinct pages for the Nu validator when asked."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # In a context of its own, as on a server: the test's own application context would lend
        # every request the same flask.g, and with it the first request's user.
        response = Context().run(super().open, *args, **kwargs)
        redirects = 300 <= response.status_code < 400
        is_page = response.mimetype == "text/html" and response.data and not redirects
        # The same tests fetch the same pages from SQLite: parsing them once is enough.
        if is_page and db.engine.dialect.name == "sqlite":
            self._check(response)
        return response

    def _check(self, response: TestResponse) -> None:
        html = response.text
        if "<!doctype" in html[:200].lower():
            check_page(html)
            _save(html)
        else:
            check_fragment(html)

    def sign_in(self, user: User, *, remember: bool = False) -> None:
        """Sign in without the slow hashing: the row and the cookie, as the view leaves them."""
        with transaction():
            token = start_sign_in(user.id, remember=remember, device="test")
        self.come_as(user, token)

    def come_as(self, user: User, token: str) -> None:
        """With the cookie of a sign-in that is there already."""
        with self.session_transaction() as cookie:
            cookie.clear()
            cookie["_user_id"] = token
            cookie["owner"] = user.id

    def token(self) -> str:
        """A CSRF token that goes with this client's cookie."""
        with self.session_transaction() as cookie:
            raw = cookie.setdefault("csrf_token", RAW_TOKEN)
        secret = self.application.config["SECRET_KEY"]
        return str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(raw))

    def send(self, url: str, /, *, htmx: bool = False, **fields: Any) -> TestResponse:
        """POST a form with a valid token."""
        data = {"csrf_token": self.token(), **fields}
        return self.post(url, data=data, headers=HTMX if htmx else {})

    def fragment(self, url: str) -> TestResponse:
        """GET as htmx does."""
        return self.get(url, headers=HTMX)


def _save(html: str) -> None:
    folder = os.environ.get("SAVED_PAGES")
    if folder:
        name = hashlib.sha256(html.encode()).hexdigest()[:16]
        Path(folder, f"{name}.html").write_text(html, encoding="utf-8")
