"""Coming in by an invitation."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts import (
    invitation_services,
    passwords,
    services,
)
from cop_site.accounts.invitation_services import LASTS, accept, find_or_add, invite, renew
from cop_site.accounts.link_services import RUN_OUT, LinkPurpose, make_link
from cop_site.accounts.models import Person, ServiceRoleKind, SignIn, User
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.schools.models import School
from cop_site.transaction import transaction
from cop_site.web import timing
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_event
from tests.factories.people import give_school_role, make_person, make_service_user, make_user
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.race import race

PASSWORD = "quite another sentence"
NEW_ROLE = date(2026, 11, 1)


def make_invited(school: School | None = None, starts_on: date = NEW_ROLE) -> User:
    """Somebody with an account and a role who has not been in."""
    person = make_person("Nora New")
    give_school_role(person, school or make_school("Oak"), starts_on=starts_on)
    return make_user(person)


def make_token(user: User) -> str:
    token = make_link(user.id, LinkPurpose.INVITATION, LASTS)
    db.session.commit()
    return token


@pytest.fixture
def invited(app: Flask) -> User:
    make_authority()
    user = make_invited()
    db.session.commit()
    return user


@pytest.fixture
def path(invited: User) -> str:
    return f"/invitation/{make_token(invited)}"


def read_mails() -> list[str]:
    rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    return [str(body.get_content()) for row in rows if (body := compose(row).get_body())]


class TestAcceptInvitation:
    @pytest.mark.sqlite_only
    def test_looking_says_who_they_are_and_changes_nothing(
        self, client: GatedClient, path: str
    ) -> None:
        for _ in range(3):
            answer = client.get(path)
            assert answer.status_code == 200
            assert "Come in, Nora New" in answer.text
            assert "SENCO at Oak" in answer.text
        assert client.get("/").status_code == 303
        assert db.session.query(SignIn).count() == 0

    def test_without_a_password_lets_in_at_once_and_only_once(
        self, client: GatedClient, invited: User, path: str
    ) -> None:
        answer = client.send(path)
        assert (answer.status_code, answer.location) == (303, "/")
        assert "You are in." in client.get("/").text
        db.session.refresh(invited)
        assert invited.first_in_at == NOON
        assert invited.password_hash is None
        again = client.send(path)
        assert again.status_code == 410
        assert "Email me a new invitation" in again.text and "Sign in" in again.text

    def test_with_a_password_it_signs_in_from_then_on(
        self, client: GatedClient, invited: User, path: str
    ) -> None:
        assert client.send(path, password=PASSWORD, remember="y").status_code == 303
        row = db.session.scalars(sa.select(SignIn)).one()
        assert row.expires_at == NOON + timedelta(days=30)
        client.send("/sign-out")
        answer = client.send("/sign-in", email=invited.email, password=PASSWORD)
        assert answer.status_code == 303

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("password", ["elevenchars", "   ", "password12345", "NoraNewNoraNew"])
    def test_a_weak_password_is_refused_and_the_invitation_still_works(
        self, client: GatedClient, path: str, password: str
    ) -> None:
        answer = client.send(path, password=password)
        assert answer.status_code == 422
        assert f'value="{password}"' not in answer.text
        assert client.send(path).status_code == 303

    @pytest.mark.sqlite_only
    def test_without_a_good_link_nothing_is_hashed(
        self, client: GatedClient, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        hashed: list[str] = []
        monkeypatch.setattr(passwords, "hash_password", hashed.append)
        assert client.send("/invitation/unknown", password=PASSWORD).status_code == 410
        assert hashed == []

    @pytest.mark.parametrize(
        ("target", "location"),
        [
            ("/events", "/events"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil", "/"),
        ],
    )
    @pytest.mark.sqlite_only
    def test_goes_on_to_a_page_of_this_site_only(
        self, client: GatedClient, path: str, target: str, location: str
    ) -> None:
        data = {"csrf_token": client.token()}
        answer = client.post(path, query_string={"next": target}, data=data)
        assert answer.location == location

    @pytest.mark.parametrize(("days", "status"), [(13, 200), (15, 410)])
    def test_lasts_fourteen_days(
        self,
        client: GatedClient,
        path: str,
        at: Callable[[datetime], None],
        days: int,
        status: int,
    ) -> None:
        at(NOON + timedelta(days=days))
        assert client.get(path).status_code == status

    @pytest.mark.sqlite_only
    def test_other_links_open_no_invitation(self, client: GatedClient, invited: User) -> None:
        token = make_link(invited.id, LinkPurpose.SET_PASSWORD, LASTS)
        db.session.commit()
        assert client.send(f"/invitation/{token}").status_code == 410

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize("what", ["disabled_at", "first_in_at"])
    def test_a_closed_account_and_one_in_use_stay_as_they_are(
        self, client: GatedClient, invited: User, path: str, what: str
    ) -> None:
        setattr(invited, what, clock.now())
        db.session.commit()
        assert client.get(path).status_code == 410
        assert client.send(path, password=PASSWORD).status_code == 410
        db.session.refresh(invited)
        assert invited.password_hash is None

    @pytest.mark.sqlite_only
    def test_fields_that_the_form_does_not_show_do_nothing(
        self, client: GatedClient, invited: User, path: str
    ) -> None:
        client.send(path, name="Other", email="other@x.example", user_id="1", username="root")
        db.session.expire_all()
        assert db.session.get_one(User, invited.id).email == invited.email
        assert db.session.get_one(Person, invited.person_id).name == "Nora New"

    @pytest.mark.sqlite_only
    def test_home_says_what_to_do_next_on_the_first_visit_alone(
        self, client: GatedClient, path: str
    ) -> None:
        event = make_event(title="From plan to practice")
        db.session.commit()
        client.send(path)
        first = client.get("/").text
        assert "Book your first event" in first
        assert f'href="/events/{event.id}"' in first
        assert "Book your first event" not in client.get("/").text


class TestRenew:
    def test_a_new_one_goes_to_the_same_address_and_works(
        self, client: GatedClient, invited: User, path: str, at: Callable[[datetime], None]
    ) -> None:
        at(NOON + timedelta(days=20))
        assert "Check your email" in client.send(f"{path}/new").text
        (mail,) = read_mails()
        assert "as SENCO at Oak" in mail
        found = re.search(r"/invitation/\S+", mail)
        assert found is not None and found.group() != path
        assert client.send(found.group()).status_code == 303

    @pytest.mark.sqlite_only
    def test_the_words_and_the_time_are_the_same_for_everybody(
        self, client: GatedClient, invited: User, path: str
    ) -> None:
        been = make_invited()
        been.first_in_at = NOON
        closed = make_invited()
        closed.disabled_at = NOON
        paths = [path, *(f"/invitation/{make_token(user)}" for user in (been, closed))]
        texts = []
        for one in (*paths, "/invitation/unknown"):
            began = time.perf_counter()
            texts.append(client.send(f"{one}/new").text)
            assert time.perf_counter() - began >= timing.LEAST_SECONDS
        assert len({re.sub(r'value="[^"]+"', "", text) for text in texts}) == 1
        assert [row.recipient for row in db.session.query(OutboxMessage)] == [invited.email]

    @pytest.mark.sqlite_only
    def test_nobodys_box_is_filled_and_one_place_asks_so_often_only(
        self, client: GatedClient, invited: User, path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for _ in range(6):
            client.send(f"{path}/new")
        # The one that is there counts as one of three.
        assert db.session.query(OutboxMessage).count() == 2
        monkeypatch.setattr(services, "GUESSES_PER_ADDRESS", 3)
        answer = client.send(f"{path}/new")
        assert answer.status_code == 422
        assert "too many tries" in answer.text

    def test_who_has_no_role_any_more_gets_none(self, app: Flask) -> None:
        make_authority()
        user = make_user()
        token = make_token(user)
        with transaction():
            renew(token)
        assert db.session.query(OutboxMessage).count() == 0

    @pytest.mark.sqlite_only
    def test_by_get_it_sends_nothing(self, client: GatedClient, path: str) -> None:
        assert client.get(f"{path}/new").status_code == 410
        assert db.session.query(OutboxMessage).count() == 0


class TestInvite:
    def test_a_line_break_in_a_name_is_no_header(self, app: Flask) -> None:
        by = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        name = "Nora\r\nBcc: all@school.example"
        with transaction():
            user = find_or_add(invitation_services.Newcomer(name, "nora@school.example"))
            invite(user, "SENCO at Oak", by=by)
        message = compose(db.session.scalars(sa.select(OutboxMessage)).one())
        assert message["Bcc"] is None
        headers = message.as_bytes().partition(b"\r\n\r\n")[0]
        assert b"\nBcc:" not in headers

    def test_a_newer_one_makes_the_older_worthless(self, app: Flask) -> None:
        by = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        user = make_invited()
        token = make_token(user)
        with transaction():
            invite(user, "SENCO at Oak", by=by)
        with pytest.raises(DomainError), transaction():
            accept(token, None)


class TestAcceptedTwiceAtOnce:
    def test_one_gets_in_and_the_others_are_told(self, committed_app: Flask) -> None:
        user = make_invited()
        token = make_token(user)

        def come_in() -> int:
            with transaction():
                accept(token, None)
            with transaction():
                services.start_sign_in(user.id, remember=False, device="test")
            return user.id

        answers = race(committed_app, [come_in] * 5)
        refused = [answer for answer in answers if isinstance(answer, DomainError)]
        assert answers.count(user.id) == 1
        assert [error.sentence for error in refused] == [RUN_OUT] * 4
        assert db.session.query(SignIn).count() == 1
