"""People signed in with their forms open, without the slow hashing of passwords."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from flask import current_app
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer

from bench.load import Ask
from cop_site.accounts.models import User
from cop_site.accounts.services import start_sign_in
from cop_site.db import db
from cop_site.schools.models import School
from tests.factories.people import make_school_user
from tests.support.client import RAW_TOKEN


@dataclass(frozen=True)
class Visitor:
    """Somebody signed in: their cookie, and the token that every form of theirs holds."""

    person_id: int
    cookie: str
    token: str

    def opens(self, path: str) -> Ask:
        return Ask(path, self.cookie)

    def sends(self, path: str) -> Ask:
        return Ask(path, self.cookie, {"csrf_token": self.token})


def sign_in(user: User) -> Visitor:
    """The row and the cookie, as the sign-in page leaves them."""
    secret = current_app.config["SECRET_KEY"]
    kept = {
        "_user_id": start_sign_in(user.id, remember=False, device="bench"),
        "owner": user.id,
        "csrf_token": RAW_TOKEN,
    }
    cookies = SecureCookieSessionInterface().get_signing_serializer(current_app)
    assert cookies is not None
    return Visitor(
        person_id=user.person_id,
        cookie=f"{current_app.config['SESSION_COOKIE_NAME']}={cookies.dumps(kept)}",
        token=str(URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(RAW_TOKEN)),
    )


def sign_in_demonstration(key: str) -> Visitor:
    """One of the demonstration's own accounts."""
    return sign_in(db.session.scalars(sa.select(User).filter_by(email=f"{key}@demo.example")).one())


def make_visitors(count: int, schools: Sequence[School]) -> list[Visitor]:
    """SENCOs, each of one school."""
    return [sign_in(make_school_user(schools[n % len(schools)])) for n in range(count)]
