"""Addresses that mail comes back from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import Result
from flask import Flask

from cop_site.accounts import (
    bounce_services,
    invitation_services,
    link_services,
)
from cop_site.accounts.account_models import Topic
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.accounts.services import start_sign_in
from cop_site.accounts.topic_queries import find_wishes
from cop_site.db import db
from cop_site.notifications import delivery
from cop_site.notifications.models import MessageState, OutboxMessage
from cop_site.notifications.services import Recipient, queue_message
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.people import make_person, make_service_user, make_user
from tests.support.statements import count_statements


def read_bounce(person: Person) -> datetime | None:
    return db.session.scalar(sa.select(Person.bounced_at).where(Person.id == person.id))


def refuse(_message: object) -> None:
    raise delivery.RefusedForGoodError("550 no such mailbox")


def break_off(_message: object) -> None:
    raise OSError("connection lost")


def send_to(address: str) -> None:
    queue_message(
        Recipient(address, "Somebody"),
        kind="accounts/sign_in_link",
        thing="one_time_link",
        thing_id=1,
        context={"once": "x"},
    )
    db.session.commit()


class TestRefusedForGood:
    @pytest.mark.parametrize(("send", "may_have_left"), [(refuse, True), (break_off, False)])
    def test_marks_whoever_has_the_address_and_nobody_else(
        self,
        app: Flask,
        monkeypatch: pytest.MonkeyPatch,
        send: Callable[[object], None],
        may_have_left: bool,
    ) -> None:
        gone, other = make_person("Gone", "gone@school.example"), make_person()
        repeat = make_person("Repeat", "gone2@school.example")
        repeat.email, repeat.merged_into_id = "gone@school.example", other.id
        send_to("Gone@School.example")
        monkeypatch.setitem(delivery.TRANSPORTS, "files", send)
        assert delivery.deliver_due() == 1
        db.session.expire_all()
        assert (read_bounce(gone) == NOON) is may_have_left
        assert read_bounce(other) is None and read_bounce(repeat) is None
        state = db.session.scalars(sa.select(OutboxMessage.state)).one()
        assert state is (MessageState.REFUSED if may_have_left else MessageState.WAITING)

    def test_an_address_nobody_has_harms_nothing(
        self, app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        send_to("nobody@school.example")
        monkeypatch.setitem(delivery.TRANSPORTS, "files", refuse)
        assert delivery.deliver_due() == 1


class TestForgetBounce:
    def test_signing_in_shows_that_they_are_here(self, app: Flask) -> None:
        person = make_person()
        person.bounced_at = NOON - timedelta(days=3)
        user = make_user(person)
        db.session.commit()
        with transaction():
            start_sign_in(user.id, remember=False, device="test")
        assert read_bounce(person) is None

    def test_another_person_s_stays(self, app: Flask) -> None:
        gone, user = make_person(), make_user()
        gone.bounced_at = NOON
        db.session.commit()
        with transaction():
            start_sign_in(user.id, remember=False, device="test")
        assert read_bounce(gone) == NOON


class TestServiceMail:
    def test_goes_out_all_the_same(self, app: Flask) -> None:
        """An address may work again, and an invitation or a link is what they asked for."""
        by = acting(make_service_user(ServiceRoleKind.ADMINISTRATOR))
        person = make_person()
        person.bounced_at = NOON
        user = make_user(person)
        db.session.commit()
        with transaction():
            invitation_services.invite(user, "SENCO at Oak", by=by)
            link_services.send_link(user.email, LinkPurpose.SIGN_IN)
        assert db.session.query(OutboxMessage).filter_by(recipient=user.email).count() == 2


class TestMailByChoice:
    def test_is_not_sent_to_an_address_that_bounced(self, app: Flask) -> None:
        users = [make_user(), make_user()]
        db.session.get_one(Person, users[0].person_id).bounced_at = NOON
        db.session.flush()
        ids = [user.person_id for user in users]
        assert find_wishes(Topic.SURVEYS, ids) == {ids[0]: False, ids[1]: True}


class TestCommand:
    @staticmethod
    def run(app: Flask, *arguments: str, typed: bytes | None = None) -> Result:
        runner = app.test_cli_runner()
        result = runner.invoke(args=["people", "bounced", *arguments], input=typed)
        db.session.rollback()
        db.session.expire_all()
        return result

    @pytest.fixture
    def gone(self, committed_app: Flask) -> Person:
        person = make_person("Gone", "gone@school.example")
        db.session.commit()
        return person

    def test_notes_those_here_and_names_the_others(
        self, committed_app: Flask, gone: Person, tmp_path: Path
    ) -> None:
        file = tmp_path / "bounced.txt"
        lines = "\ufeffGone@School.example\r\n\r\ngone@school.example\nnobody@x.example\n"
        file.write_text(lines, encoding="utf-8")
        result = self.run(committed_app, str(file))
        assert result.exit_code == 0
        assert result.output.splitlines() == [
            "2 addresses: 1 may have left.",
            "Nobody here has 1 of them:",
            "  nobody@x.example",
        ]
        assert read_bounce(gone) == NOON

    def test_reads_standard_input(self, committed_app: Flask, gone: Person) -> None:
        result = self.run(committed_app, "-", typed=b"gone@school.example\n")
        assert result.output == "1 address: 1 may have left.\n"
        assert read_bounce(gone) == NOON

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (b"gone@school.example\nnot an address\n", "line 2 is no email address"),
            (b"\xff\xfe\x00", "is not a text file"),
            (b"gone@school.example\x00\n", "line 1 is no email address"),
        ],
    )
    def test_says_one_sentence_and_notes_nothing(
        self, committed_app: Flask, gone: Person, tmp_path: Path, content: bytes, sentence: str
    ) -> None:
        file = tmp_path / "bounced.txt"
        file.write_bytes(content)
        result = self.run(committed_app, str(file))
        assert result.exit_code == 1
        assert sentence in result.output and "Nothing was noted." in result.output
        assert len(result.output.splitlines()) == 1
        assert read_bounce(gone) is None

    def test_thousands_take_few_statements(self, committed_app: Flask) -> None:
        lines = [f"p{number}@x.example" for number in range(1_200)]
        with transaction(), count_statements() as sent:
            assert len(bounce_services.note_bounces(lines).unknown) == 1_200
        assert len(sent) == 6
