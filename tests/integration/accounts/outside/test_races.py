"""Coming in by a provider in two windows at once. On a database that really commits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from cop_site.accounts import outside_services
from cop_site.accounts.account_models import OutsideIdentity
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from tests.factories.people import make_user
from tests.support.race import race

pytestmark = pytest.mark.thorough

ISSUER = "https://login.example"


def come(subject: str, email: str) -> Callable[[], int]:
    def run() -> int:
        with transaction():
            return outside_services.find_or_link(ISSUER, subject, email, provider="Entra")[0]

    return run


class TestAtOnce:
    def test_one_identity_is_linked_once_and_every_window_is_in(self, committed_app: Flask) -> None:
        user = make_user()
        user_id, email = user.id, user.email
        db.session.commit()
        assert race(committed_app, [come("me", email)] * 4) == [user_id] * 4
        assert db.session.query(OutsideIdentity).count() == 1

    def test_of_two_identities_with_one_address_the_first_is_linked(
        self, committed_app: Flask
    ) -> None:
        email = make_user().email
        db.session.commit()
        answers = race(committed_app, [come("me", email), come("somebody else", email)])
        refused = [answer for answer in answers if isinstance(answer, DomainError)]
        assert [error.sentence for error in refused] == [
            "Your account here goes with another account at Entra."
        ]
        assert db.session.query(OutsideIdentity).count() == 1
