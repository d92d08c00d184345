"""Changing one's email address, which both boxes must agree to."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit, clock
from cop_site.accounts import (
    link_services,
    passwords,
)
from cop_site.accounts.account_models import AddressChange, OutsideIdentity
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import OneTimeLink, Person, User
from cop_site.db import db
from cop_site.notifications.delivery import compose, deliver_due
from cop_site.notifications.models import OutboxMessage
from cop_site.web import timing
from tests.conftest import NOON
from tests.factories.people import make_person, make_user
from tests.support.client import GatedClient

PASSWORD = "three plain words"
HASH = passwords.hash_password(PASSWORD)
NEW = "married@school.example"
ASK = "/account/email"


@pytest.fixture
def user(app: Flask) -> User:
    user = make_user(password_hash=HASH)
    db.session.commit()
    return user


def browser(client: GatedClient, user: User | None = None) -> GatedClient:
    """Another one, signed in where somebody is named."""
    other = client.application.test_client()
    assert isinstance(other, GatedClient)
    if user is not None:
        other.sign_in(user)
    return other


def mails(kind: str) -> dict[str, str]:
    """What waits to go out of one kind: whose box, and what it says."""
    rows = db.session.scalars(sa.select(OutboxMessage).filter_by(kind=f"accounts/{kind}"))
    return {row.recipient: str(compose(row).get_content()) for row in rows}


def find_path(text: str) -> str:
    found = re.search(r"(/email-address/\S+)", text)
    assert found is not None
    return found.group(1)


def main_of(page: str) -> str:
    return page[page.index("<main") : page.index("</main>")]


def ask(client: GatedClient, user: User, email: str = NEW) -> tuple[str, str]:
    """Ask for it signed in; the links of the old box and of the new one."""
    client.sign_in(user)
    answer = client.send(ASK, email=email, current=PASSWORD)
    assert "Check both mailboxes" in answer.text
    [old], [new] = mails("address_old").values(), mails("address_new").values()
    return find_path(old), find_path(new)


def addresses(user: User) -> tuple[str, str | None]:
    db.session.expire_all()
    found = db.session.get_one(User, user.id)
    return found.email, db.session.get_one(Person, found.person_id).email


class TestBothBoxes:
    @pytest.mark.parametrize("order", [(0, 1), (1, 0)])
    def test_it_changes_with_the_second_link_whichever_was_first(
        self, client: GatedClient, user: User, order: tuple[int, int]
    ) -> None:
        was = user.email
        links, anywhere = ask(client, user), browser(client)
        first = anywhere.send(links[order[0]])
        assert "One more mailbox to go" in first.text and addresses(user) == (was, was)
        assert "has changed" in anywhere.send(links[order[1]]).text
        assert addresses(user) == (NEW, NEW)
        assert set(mails("address_changed")) == {was, NEW}

    def test_looking_at_a_link_changes_nothing(self, client: GatedClient, user: User) -> None:
        for path in ask(client, user):
            assert browser(client).get(path).status_code == 200
        assert db.session.query(OneTimeLink).filter(OneTimeLink.used_at.is_not(None)).count() == 0
        assert addresses(user)[0] != NEW

    def test_one_box_alone_never_does_it(self, client: GatedClient, user: User) -> None:
        old, _new = ask(client, user)
        client.send(old)
        assert client.send(old).status_code == 410
        assert addresses(user)[0] != NEW

    def test_other_sign_ins_end_and_links_of_before_are_worthless(
        self, client: GatedClient, user: User
    ) -> None:
        other = browser(client, user)
        path = link_services.make_link(user.id, LinkPurpose.SIGN_IN, timedelta(minutes=15))
        db.session.commit()
        old, new = ask(client, user)
        browser(client).send(new)
        client.send(old)
        assert client.get("/account").status_code == 200
        assert other.get("/account").status_code == 303
        assert browser(client).send(f"/sign-in/link/{path}").status_code == 410

    def test_what_came_back_is_forgotten_and_history_says_what_was(
        self, client: GatedClient, user: User
    ) -> None:
        was = user.email
        db.session.get_one(Person, user.person_id).bounced_at = clock.now()
        db.session.commit()
        for path in ask(client, user):
            client.send(path)
        assert db.session.get_one(Person, user.person_id).bounced_at is None
        last = audit.list_changes("user", user.id)[-1]
        assert (last.verb, last.was, last.now) == (
            "address changed",
            {"email": was},
            {"email": NEW},
        )

    def test_a_provider_outside_still_knows_them(self, client: GatedClient, user: User) -> None:
        db.session.add(
            OutsideIdentity(
                user_id=user.id, issuer="https://i.example", subject="s", linked_at=clock.now()
            )
        )
        db.session.commit()
        for path in ask(client, user):
            client.send(path)
        assert db.session.query(OutsideIdentity).count() == 1

    def test_a_link_runs_out_after_a_day(
        self, client: GatedClient, user: User, at: Callable[[datetime], None]
    ) -> None:
        old, new = ask(client, user)
        client.send(old)
        at(NOON + timedelta(hours=24))
        for path in (old, new):
            assert browser(client).get(path).status_code == 410
            assert browser(client).send(path).status_code == 410
        assert addresses(user)[0] != NEW

    def test_a_second_ask_replaces_the_first(self, client: GatedClient, user: User) -> None:
        old, new = ask(client, user)
        client.send(old)
        client.send(ASK, email="other@school.example", current=PASSWORD)
        assert client.send(new).status_code == 410
        second = client.send(find_path(mails("address_new")["other@school.example"]))
        assert "One more mailbox to go" in second.text
        assert addresses(user)[0] not in (NEW, "other@school.example")

    def test_a_link_opens_nothing_else(self, client: GatedClient, user: User) -> None:
        for path in ask(client, user):
            token = path.rpartition("/")[2]
            assert browser(client).send(f"/sign-in/link/{token}").status_code == 410
            assert browser(client).send(f"/set-password/{token}", password=NEW).status_code == 422
        assert client.send("/email-address/unknown").status_code == 410


class TestStop:
    def test_ends_the_change_and_every_sign_in(self, client: GatedClient, user: User) -> None:
        old, new = ask(client, user)
        browser(client).send(new)
        assert browser(client).send(f"{old}/stop").status_code == 303
        assert client.get("/account").status_code == 303
        assert browser(client).send(old).status_code == 410
        assert addresses(user)[0] != NEW

    def test_is_not_for_the_new_box(self, client: GatedClient, user: User) -> None:
        _old, new = ask(client, user)
        assert "stop it" not in client.get(new).text
        assert browser(client).send(f"{new}/stop").status_code == 410
        assert client.get("/account").status_code == 200


class TestAsk:
    def test_the_password_is_asked_for_and_guesses_are_counted(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        for _ in range(10):
            answer = client.send(ASK, email=NEW, current="not this one")
            assert answer.status_code == 422 and "not your password now" in answer.text
        assert "too many tries" in client.send(ASK, email=NEW, current=PASSWORD).text
        assert db.session.query(AddressChange).count() == 0

    def test_without_a_password_the_sign_in_must_be_fresh(
        self, client: GatedClient, app: Flask, at: Callable[[datetime], None]
    ) -> None:
        user = make_user()
        db.session.commit()
        client.sign_in(user)
        assert "Check both mailboxes" in client.send(ASK, email=NEW).text
        at(NOON + timedelta(minutes=16))
        assert "Sign in again first" in client.get(ASK).text
        assert client.send(ASK, email="more@school.example").status_code == 422

    def test_the_address_of_now_is_refused(self, client: GatedClient, user: User) -> None:
        client.sign_in(user)
        answer = client.send(ASK, email=user.email.upper(), current=PASSWORD)
        assert "This is your email address now" in answer.text

    def test_no_box_is_filled_by_asking_again_and_again(
        self, client: GatedClient, user: User
    ) -> None:
        client.sign_in(user)
        for _ in range(3):
            client.send(ASK, email=NEW, current=PASSWORD)
        assert "several times" in client.send(ASK, email=NEW, current=PASSWORD).text
        assert db.session.query(OutboxMessage).filter_by(recipient=NEW).count() == 3

    def test_the_new_box_is_not_told_whose_account_it_is(
        self, client: GatedClient, user: User
    ) -> None:
        ask(client, user)
        name = db.session.get_one(Person, user.person_id).name
        row = db.session.scalars(sa.select(OutboxMessage).filter_by(recipient=NEW)).one()
        assert name not in str(compose(row)) and user.email not in str(compose(row))

    def test_no_token_stays_once_the_mail_went(
        self, client: GatedClient, user: User, tmp_path: object
    ) -> None:
        tokens = [path.rpartition("/")[2] for path in ask(client, user)]
        client.application.config["MAIL_FOLDER"] = str(tmp_path)
        assert deliver_due() == 2
        db.session.expire_all()
        kept = str([row.context for row in db.session.scalars(sa.select(OutboxMessage))])
        kept += str(list(db.session.scalars(sa.select(OneTimeLink.token_hash))))
        assert not any(token in kept for token in tokens)


class TestKnownAddress:
    @pytest.mark.parametrize("has_account", [True, False])
    def test_the_asker_reads_the_same_and_its_owner_is_told(
        self, client: GatedClient, user: User, has_account: bool
    ) -> None:
        person = make_person(email=NEW)
        if has_account:
            make_user(person)
        db.session.commit()
        client.sign_in(user)
        known = main_of(client.send(ASK, email=NEW, current=PASSWORD).text)
        unknown = main_of(client.send(ASK, email="free@school.example", current=PASSWORD).text)
        assert NEW in known
        assert known.replace(NEW, "-") == unknown.replace("free@school.example", "-")
        assert set(mails("address_taken")) == {NEW}
        assert user.email not in mails("address_taken")[NEW]
        assert set(mails("address_new")) == {"free@school.example"}

    def test_it_takes_as_long(self, client: GatedClient, user: User) -> None:
        make_person(email=NEW)
        db.session.commit()
        client.sign_in(user)
        for email in (NEW, "free@school.example"):
            began = time.perf_counter()
            client.send(ASK, email=email, current=PASSWORD)
            assert time.perf_counter() - began >= timing.LEAST_SECONDS

    def test_taken_meanwhile_says_so_and_not_by_whom(self, client: GatedClient, user: User) -> None:
        old, new = ask(client, user)
        client.send(old)
        make_person("Somebody Else", email=NEW)
        db.session.commit()
        answer = client.send(new)
        assert answer.status_code == 410
        assert "already belongs to somebody here" in answer.text
        assert "Somebody Else" not in answer.text
        assert addresses(user)[0] != NEW
