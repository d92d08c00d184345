"""Signing in and out, by request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask

from cop_site import clock
from cop_site.accounts import passwords
from cop_site.accounts.link_services import LinkPurpose, make_link
from cop_site.accounts.models import Person, ServiceRoleKind, SignIn, User
from cop_site.accounts.queries import list_sign_ins
from cop_site.accounts.services import (
    check_password,
    end_sign_ins,
    keep_better_hash,
    start_sign_in,
    touch_sign_in,
)
from cop_site.db import db
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.people import (
    give_service_role,
    make_person,
    make_school_user,
    make_service_user,
    make_user,
)
from tests.factories.schools import make_school
from tests.support.client import GatedClient

PASSWORD = "three plain words"
HASH = passwords.hash_password(PASSWORD)
WEAK = PasswordHasher(time_cost=1, memory_cost=8_192, parallelism=1).hash(PASSWORD)


@pytest.fixture
def user(app: object) -> User:
    user = make_user(password_hash=HASH)
    db.session.commit()
    return user


class TestSignIn:
    def test_right_password_opens_home(self, client: GatedClient, user: User) -> None:
        answer = client.send("/sign-in", email=user.email, password=PASSWORD)
        assert answer.status_code == 303
        assert client.get(answer.location).status_code == 200

    def test_wrong_password_keeps_the_address(self, client: GatedClient, user: User) -> None:
        answer = client.send("/sign-in", email=user.email, password="not this one")
        assert answer.status_code == 422
        assert "is not right" in answer.text
        assert user.email in answer.text
        assert "not this one" not in answer.text

    def test_unknown_person_gets_the_same_words(self, client: GatedClient, user: User) -> None:
        known = client.send("/sign-in", email=user.email, password="wrong password")
        unknown = client.send("/sign-in", email="nobody@school.example", password="wrong password")
        assert known.text.count("is not right") == unknown.text.count("is not right") == 1

    def test_the_shape_of_an_endless_address_is_not_looked_at(
        self, client: GatedClient, user: User
    ) -> None:
        # The pattern takes the square of the length: a megabyte of dots would take hours.
        answer = client.send("/sign-in", email=f"a@{'.' * 300}@", password=PASSWORD)
        assert answer.status_code == 422
        assert "Use 254 characters or fewer" in answer.text
        assert "correct format" not in answer.text

    def test_an_address_with_an_apostrophe_is_one(self, client: GatedClient, app: Flask) -> None:
        person = make_person(email="siobhan.o'neill@school.example")
        make_user(person, passwords.hash_password(PASSWORD))
        db.session.commit()
        answer = client.send("/sign-in", email=person.email, password=PASSWORD)
        assert answer.status_code == 303

    def test_again_in_the_same_browser_ends_the_sign_in_before(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        client.send("/sign-in", email=user.email, password=PASSWORD)
        db.session.expire_all()
        before, now = db.session.scalars(sa.select(SignIn).order_by(SignIn.id))
        assert before.ended_why == "signed in again"
        assert now.ended_at is None
        assert client.get("/").status_code == 200

    def test_returns_to_where_the_person_was(self, client: GatedClient, user: User) -> None:
        asked = client.get("/sign-out")
        assert asked.location == "/sign-in"
        answer = client.send("/sign-in?next=/sign-out", email=user.email, password=PASSWORD)
        assert answer.location == "/sign-out"

    @pytest.mark.parametrize(
        "target", ["//evil.example", "https://evil.example", "javascript:alert(1)", "/\\evil"]
    )
    def test_never_leads_off_the_site(self, client: GatedClient, user: User, target: str) -> None:
        answer = client.post(
            "/sign-in",
            query_string={"next": target},
            data={"csrf_token": client.token(), "email": user.email, "password": PASSWORD},
        )
        assert answer.location == "/"

    def test_the_eleventh_guess_is_refused_even_when_right(
        self, client: GatedClient, user: User
    ) -> None:
        for _ in range(10):
            client.send("/sign-in", email=user.email, password="wrong password")
        answer = client.send("/sign-in", email=user.email, password=PASSWORD)
        assert answer.status_code == 422
        assert "too many tries" in answer.text

    def test_a_stranger_guessing_never_locks_a_known_browser_out(
        self, client: GatedClient, user: User
    ) -> None:
        client.send("/sign-in", email=user.email, password=PASSWORD)
        client.send("/sign-out")
        stranger = client.application.test_client()
        assert isinstance(stranger, GatedClient)
        for _ in range(11):
            stranger.send("/sign-in", email=user.email, password="wrong password")
        assert client.send("/sign-in", email=user.email, password=PASSWORD).status_code == 303

    def test_guessing_may_go_on_after_five_minutes(
        self, client: GatedClient, user: User, at: Callable[[datetime], None]
    ) -> None:
        for _ in range(11):
            client.send("/sign-in", email=user.email, password="wrong password")
        at(NOON + timedelta(minutes=6))
        assert client.send("/sign-in", email=user.email, password=PASSWORD).status_code == 303

    def test_a_disabled_account_stays_out(self, client: GatedClient, user: User) -> None:
        user.disabled_at = clock.now()
        db.session.commit()
        assert client.send("/sign-in", email=user.email, password=PASSWORD).status_code == 422


class TestSignOut:
    def test_ends_the_row_so_the_old_cookie_is_worth_nothing(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        with client.session_transaction() as cookie:
            stolen = cookie["_user_id"]
        client.send("/sign-out")
        with client.session_transaction() as cookie:
            cookie["_user_id"] = stolen
        assert client.get("/").status_code == 303

    def test_by_get_changes_nothing(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        client.get("/sign-out")
        assert client.get("/").status_code == 200


class TestSignInRow:
    def test_ending_it_on_the_server_stops_the_next_request(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        end_sign_ins(user.id, why="test")
        db.session.commit()
        assert client.get("/").status_code == 303

    @pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 303)])
    def test_staff_are_signed_out_after_an_idle_hour(
        self,
        client: GatedClient,
        app: object,
        at: Callable[[datetime], None],
        minutes: int,
        status: int,
    ) -> None:
        client.sign_in(make_service_user(ServiceRoleKind.EP))
        at(NOON + timedelta(minutes=minutes))
        assert client.get("/").status_code == status

    @pytest.mark.parametrize(("minutes", "status"), [(59, 200), (61, 303)])
    def test_so_are_those_remembered_whose_role_in_the_service_began_since(
        self,
        client: GatedClient,
        app: object,
        at: Callable[[datetime], None],
        minutes: int,
        status: int,
    ) -> None:
        user = make_school_user(make_school())
        person = db.session.get_one(Person, user.person_id)
        role = give_service_role(person, ServiceRoleKind.EP)
        role.starts_on = NOON.date() + timedelta(days=1)
        db.session.commit()
        client.sign_in(user, remember=True)
        at(NOON + timedelta(hours=11, minutes=30))
        assert client.get("/").status_code == 200
        at(NOON + timedelta(hours=11, minutes=30 + minutes))
        assert client.get("/").status_code == status
        assert len(list_sign_ins(user.id)) == (status == 200)

    @pytest.mark.parametrize(("hours", "status"), [(11, 200), (13, 303)])
    def test_school_people_after_twelve_idle_hours(
        self,
        client: GatedClient,
        app: object,
        at: Callable[[datetime], None],
        hours: int,
        status: int,
    ) -> None:
        client.sign_in(make_school_user(make_school()))
        at(NOON + timedelta(hours=hours))
        assert client.get("/").status_code == status

    def test_being_used_keeps_it_alive_at_one_write_in_five_minutes(
        self, client: GatedClient, user: User, at: Callable[[datetime], None]
    ) -> None:
        client.sign_in(user)
        seen = []
        for minutes in (1, 4, 6, 8):
            at(NOON + timedelta(minutes=minutes))
            client.get("/")
            db.session.expire_all()
            seen.append(db.session.query(SignIn).one().last_seen_at)
        assert seen[0] == seen[1] == NOON
        assert seen[2] == seen[3] == NOON + timedelta(minutes=6)

    def test_being_used_notes_the_day_on_the_account(
        self, client: GatedClient, user: User, at: Callable[[datetime], None]
    ) -> None:
        with transaction():
            token = start_sign_in(user.id, remember=True, device="")
        assert user.last_in_on == NOON.date()
        at(NOON + timedelta(days=2))
        with transaction():
            touch_sign_in(db.session.query(SignIn).one().id)
        db.session.expire_all()
        assert token and user.last_in_on == NOON.date() + timedelta(days=2)


class TestKeepBetterHash:
    def read_hash(self, user: User) -> str | None:
        return db.session.scalar(sa.select(User.password_hash).where(User.id == user.id))

    def test_a_weak_hash_is_made_again_at_sign_in(self, client: GatedClient, app: Flask) -> None:
        user = make_user(password_hash=WEAK)
        db.session.commit()
        assert client.send("/sign-in", email=user.email, password=PASSWORD).status_code == 303
        kept = self.read_hash(user)
        assert kept != WEAK
        assert passwords.matches(kept, PASSWORD)

    def test_a_hash_of_today_stays(self, client: GatedClient, user: User) -> None:
        assert client.send("/sign-in", email=user.email, password=PASSWORD).status_code == 303
        assert self.read_hash(user) == HASH

    def test_a_password_changed_meanwhile_stays(self, app: Flask) -> None:
        user = make_user(password_hash=WEAK)
        db.session.commit()
        opened = check_password(user.email, PASSWORD)
        assert opened.better is not None
        user.password_hash = HASH
        db.session.commit()
        with transaction():
            keep_better_hash(opened)
        assert self.read_hash(user) == HASH


class TestSetPassword:
    def test_without_a_link_nothing_is_hashed(
        self, client: GatedClient, app: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed: list[str] = []
        monkeypatch.setattr(passwords, "hash_password", hashed.append)
        answer = client.send("/set-password/unknown", password=PASSWORD)
        assert answer.status_code == 422
        assert "has been used or has run out" in answer.text
        assert hashed == []

    @pytest.mark.parametrize(
        ("password", "sentence"),
        [
            ("elevenchars", "must be 12 characters or more"),
            ("password12345", "Choose a password that is harder to guess"),
            ("HazelLanePrimary", "Choose a password that is harder to guess"),
            ("HazelLane2026", "Three words that have nothing to do with each other work well"),
        ],
    )
    def test_an_easy_one_is_refused_and_the_link_still_works(
        self, client: GatedClient, app: object, password: str, sentence: str
    ) -> None:
        user = make_school_user(make_school("Hazel Lane Primary"))
        path = f"/set-password/{make_link(user.id, LinkPurpose.SET_PASSWORD, timedelta(days=1))}"
        db.session.commit()
        answer = client.send(path, password=password)
        assert answer.status_code == 422
        assert sentence in answer.text and password not in answer.text
        assert client.send(path, password="quite another sentence").status_code == 303

    def test_the_name_of_a_school_to_come_is_easy_too(
        self, client: GatedClient, app: Flask
    ) -> None:
        school = make_school("Hazel Lane Primary")
        user = make_school_user(school, been_in=False, starts_on=NOON.date() + timedelta(days=9))
        path = f"/set-password/{make_link(user.id, LinkPurpose.SET_PASSWORD, timedelta(days=1))}"
        db.session.commit()
        assert "harder to guess" in client.send(path, password="hazellane2026").text

    def test_a_link_works_once(self, client: GatedClient, user: User) -> None:
        path = f"/set-password/{make_link(user.id, LinkPurpose.SET_PASSWORD, timedelta(days=1))}"
        db.session.commit()
        assert client.send(path, password="quite another sentence").status_code == 303
        assert client.send(path, password="and one more sentence").status_code == 422
        answer = client.send("/sign-in", email=user.email, password="quite another sentence")
        assert answer.status_code == 303


class TestAccess:
    def test_an_address_that_is_none_leads_home(self, client: GatedClient, app: object) -> None:
        answer = client.get(
            "/events", headers={"HX-Request": "true", "HX-Current-URL": "http://[evil"}
        )
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == "/sign-in?next=/"

    def test_htmx_is_sent_to_sign_in_by_a_header(self, client: GatedClient, app: object) -> None:
        answer = client.get(
            "/", headers={"HX-Request": "true", "HX-Current-URL": "https://site.example/?a=1"}
        )
        assert answer.status_code == 401
        assert answer.headers["HX-Redirect"] == "/sign-in?next=/?a%3D1"

    def test_a_post_without_a_token_is_refused(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        assert client.post("/sign-out").status_code == 400
        assert client.get("/").status_code == 200

    def test_a_nul_is_a_bad_request(self, client: GatedClient, app: object) -> None:
        assert client.get("/sign-in?next=%00").status_code == 400
