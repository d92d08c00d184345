"""Guessing at passwords: counted for all workers, whatever a request says of where it is from."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask, request, request_started

from cop_site.accounts import (
    passwords,
    services,
)
from cop_site.accounts.models import SignInGuess, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from tests.conftest import make_app
from tests.factories.people import make_user
from tests.support.client import GatedClient
from tests.support.race import race

PASSWORD = "three plain words"
HASH = passwords.hash_password(PASSWORD)


@pytest.fixture
def user(app: Flask) -> User:
    user = make_user(password_hash=HASH)
    db.session.commit()
    return user


def guess(email: str, address: str = "192.0.2.1") -> Callable[[], bool]:
    """One try: True where it may look at the password."""

    def run() -> bool:
        try:
            with transaction():
                services.count_guess(email, device="", address=address)
        except DomainError:
            return False
        return True

    return run


class TestCount:
    def test_without_an_address_nobody_counts_for_others(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "GUESSES_PER_ADDRESS", 3)
        assert all(guess(f"{number}@school.example", address="")() for number in range(5))

    def test_no_header_makes_it_another_address(
        self, client: GatedClient, user: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services, "GUESSES_PER_ADDRESS", 3)
        answers = [
            client.post(
                "/sign-in",
                headers={"X-Forwarded-For": f"203.0.113.{number}", "X-Real-IP": f"10.0.0.{number}"},
                data={
                    "csrf_token": client.token(),
                    "email": f"person{number}@else.example",
                    "password": "wrong password",
                },
            ).text
            for number in range(4)
        ]
        assert ["too many tries" in text for text in answers] == [False] * 3 + [True]
        assert set(db.session.scalars(sa.select(SignInGuess.address))) == {"127.0.0.1"}

    def test_the_rest_of_a_school_behind_the_same_address_goes_on(self, app: Flask) -> None:
        victim = guess("senco@school.example")
        assert [victim() for _ in range(12)] == [True] * 10 + [False] * 2
        assert all(guess(f"teacher{number}@school.example")() for number in range(50))

    def test_two_workers_count_together(self, committed_app: Flask) -> None:
        other = make_app(committed_app.config["SQLALCHEMY_DATABASE_URI"])
        assert all(guess("senco@school.example")() for _ in range(6))
        db.session.remove()
        with other.app_context():
            seen = [guess("senco@school.example", "192.0.2.2")() for _ in range(6)]
            db.session.remove()
            db.engine.dispose()
        assert seen == [True] * 4 + [False] * 2

    def test_a_burst_gets_no_more_than_ten(self, committed_app: Flask) -> None:
        tries = [guess("senco@school.example", f"192.0.2.{number}") for number in range(30)]
        assert sorted(race(committed_app, tries)) == [False] * 20 + [True] * 10


@pytest.mark.sqlite_only
class TestTrustedProxies:
    @pytest.fixture
    def seen(self) -> Iterator[Callable[[int], str | None]]:
        """Whom the site takes a request to be from that two proxies and a liar have named."""
        found: list[str | None] = []

        def note(_sender: Flask, **_more: object) -> None:
            found.append(request.remote_addr)

        def ask(proxies: int) -> str | None:
            app = make_app("sqlite://", TRUSTED_PROXIES=proxies)
            told = {"X-Forwarded-For": "198.51.100.9, 203.0.113.7"}
            with request_started.connected_to(note, app):
                app.test_client().get("/health/live", headers=told)
            return found[-1]

        yield ask

    @pytest.mark.parametrize(("proxies", "address"), [(0, "127.0.0.1"), (1, "203.0.113.7")])
    def test_only_so_many_are_believed(
        self, seen: Callable[[int], str | None], proxies: int, address: str
    ) -> None:
        assert seen(proxies) == address


@pytest.mark.sqlite_only
class TestHashing:
    def test_is_argon2id_with_46_mib_or_more(self) -> None:
        _, kind, _version, cost, *_ = passwords.hash_password(PASSWORD).split("$")
        assert kind == "argon2id"
        assert int(cost.split(",")[0].removeprefix("m=")) >= 46 * 1024

    @pytest.mark.parametrize("kept", [None, HASH], ids=["unknown", "known"])
    def test_an_unknown_person_costs_one_look_as_well(
        self, monkeypatch: pytest.MonkeyPatch, kept: str | None
    ) -> None:
        looks: list[str] = []

        class Counting(PasswordHasher):
            def verify(self, hashed: str | bytes, password: str | bytes) -> bool:  # type: ignore[override]
                looks.append(str(hashed))
                return bool(super().verify(hashed, password))

        monkeypatch.setattr(
            passwords, "_hasher", Counting(time_cost=1, memory_cost=47_104, parallelism=1)
        )
        assert not passwords.matches(kept, "wrong password")
        assert [hashed.split("$")[3] for hashed in looks] == ["m=47104,t=1,p=1"]

    def test_the_password_of_nobody_opens_nothing(self) -> None:
        assert not passwords.matches(None, "the password of nobody at all")
