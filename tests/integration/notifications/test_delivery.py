"""The outbox, delivered to a real mail server on this machine, in good and bad moods."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller
from flask import Flask

from cop_site.accounts.models import Person
from cop_site.accounts.queries import find_person_by_email
from cop_site.db import db
from cop_site.notifications.delivery import TRANSPORTS, deliver_due
from cop_site.notifications.models import MessageState, OutboxMessage
from cop_site.notifications.services import (
    WAITS,
    Recipient,
    claim_due,
    forget_messages,
    queue_message,
)
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.people import make_person
from tests.factories.schools import make_authority
from tests.support.client import GatedClient
from tests.support.race import race

CONTEXT = {
    "title": "Autumn network",
    "event_path": "/events/7",
    "mode": "in_person",
    "dates": [
        {
            "starts_at": "2026-11-26T13:30:00+00:00",
            "ends_at": "2026-11-26T15:30:00+00:00",
            "venue": "Town Hall",
        }
    ],
}
CALENDAR = {
    "method": "PUBLISH",
    "file_name": "autumn-network.ics",
    "title": "Autumn network",
    "event_path": "/events/7",
    "sequence": 0,
    "stamped_at": "2026-11-10T12:00:00+00:00",
    "dates": [
        {
            "uid": "abc",
            "starts_at": "2026-11-26T13:30:00+00:00",
            "ends_at": "2026-11-26T15:30:00+00:00",
            "place": "Town Hall",
            "join_link": "",
        }
    ],
}


class Post:
    """What the mail server got, and the answer it gives."""

    def __init__(self) -> None:
        self.answer = "250 Taken"
        self.got: list[EmailMessage] = []

    async def handle_RCPT(self, _s: Any, _e: Any, envelope: Any, to: str, _o: Any) -> str:
        if self.answer.startswith("250"):
            envelope.rcpt_tos.append(to)
        return self.answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.got.append(message_from_bytes(envelope.content, policy=default))
        return "250 Taken"


@pytest.fixture
def post(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Post]:
    handler = Post()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(handler, hostname="127.0.0.1", port=port)
    server.start()
    for name, value in {
        "MAIL_TRANSPORT": "smtp",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": port,
    }.items():
        monkeypatch.setitem(app.config, name, value)
    yield handler
    server.stop()


def _queue(email: str = "senco@school.example", **more: Any) -> None:
    """To somebody here: nobody else gets mail."""
    if find_person_by_email(email) is None:
        make_person("A. Senco", email)
    queue_message(
        Recipient(email, more.pop("name", "A. Senco")),
        kind=more.pop("kind", "events/booking_confirmed"),
        thing="booking",
        thing_id=more.pop("thing_id", 1),
        context={**CONTEXT, **more},
    )
    db.session.commit()


def _row() -> OutboxMessage:
    db.session.expire_all()
    return db.session.scalars(sa.select(OutboxMessage)).one()


class TestDeliverDue:
    def test_hands_the_message_over_once(self, post: Post) -> None:
        _queue(calendar=CALENDAR)
        assert (deliver_due(), deliver_due()) == (1, 0)
        (message,) = post.got
        assert message["Subject"] == "You have a place: Autumn network"
        assert message["To"] == '"A. Senco" <senco@school.example>'
        assert message["Message-ID"].startswith(f"<outbox-{_row().id}@")
        text = message.get_body(("plain",))
        assert text is not None
        assert "Thursday 26 November 2026, 1:30pm to 3:30pm" in text.get_content()
        assert "http://127.0.0.1:8000/events/7" in text.get_content()
        (attached,) = message.iter_attachments()
        assert attached.get_content_type() == "text/calendar"
        assert attached.get_param("method") == "PUBLISH"
        assert _row().state is MessageState.SENT

    def test_a_server_that_is_away_is_tried_again_later_and_then_given_up(
        self,
        post: Post,
        app: Flask,
        monkeypatch: pytest.MonkeyPatch,
        at: Callable[[datetime], None],
    ) -> None:
        _queue()
        port = app.config["SMTP_PORT"]
        monkeypatch.setitem(app.config, "SMTP_PORT", 1)
        assert deliver_due() == 1
        assert (_row().state, _row().attempts) == (MessageState.WAITING, 1)
        assert deliver_due() == 0
        at(NOON + WAITS[0])
        monkeypatch.setitem(app.config, "SMTP_PORT", port)
        assert deliver_due() == 1
        assert len(post.got) == 1

    def test_is_given_up_after_the_last_wait(
        self,
        post: Post,
        app: Flask,
        monkeypatch: pytest.MonkeyPatch,
        at: Callable[[datetime], None],
    ) -> None:
        _queue()
        monkeypatch.setitem(app.config, "SMTP_PORT", 1)
        moment = NOON
        for wait in (*WAITS, timedelta()):
            at(moment)
            assert deliver_due() == 1
            moment += wait
        assert _row().state is MessageState.GIVEN_UP
        at(moment + timedelta(days=9))
        assert deliver_due() == 0

    @pytest.mark.parametrize(
        ("answer", "state"),
        [
            ("550 No such person", MessageState.REFUSED),
            ("450 Try later", MessageState.WAITING),
        ],
    )
    def test_a_refusal_for_good_is_not_tried_again(
        self, post: Post, answer: str, state: MessageState
    ) -> None:
        _queue()
        post.answer = answer
        deliver_due()
        assert _row().state is state

    def test_a_worker_that_died_lets_go_of_its_claim(
        self, post: Post, at: Callable[[datetime], None]
    ) -> None:
        _queue()
        with transaction():
            assert len(claim_due()) == 1
        assert deliver_due() == 0
        at(NOON + timedelta(minutes=3))
        assert deliver_due() == 1
        assert len(post.got) == 1

    def test_a_name_with_a_line_break_adds_no_header(self, post: Post) -> None:
        _queue(name="A\r\nBcc: all@evil.example", title="T\r\nBcc: all@evil.example")
        deliver_due()
        (message,) = post.got
        assert message["Bcc"] is None

    def test_braces_in_a_title_are_text(self, post: Post) -> None:
        _queue(title="{{ config.SECRET_KEY }} {% raise %}")
        deliver_due()
        assert "{{ config.SECRET_KEY }}" in post.got[0]["Subject"]

    def test_ends_with_who_writes_and_whom_to_ask(self, post: Post) -> None:
        make_authority(service_name="Larks Inclusion", contact_email="help@larks.example")
        _queue()
        deliver_due()
        body = post.got[0].get_body(("plain",))
        assert body is not None
        last = body.get_content().strip().splitlines()[-2:]
        assert last[0].startswith("Larks Inclusion, ")
        assert last[1] == "Questions: help@larks.example"

    @pytest.mark.parametrize(
        "kind",
        [
            *("waiting_list", "place_offered", "booking_cancelled", "event_changed"),
            *("event_cancelled", "reminder_week", "reminder_day"),
            *("offer_ended", "place_free", "school_added"),
        ],
    )
    def test_every_kind_says_what_and_when(self, post: Post, kind: str) -> None:
        moments = {key: CONTEXT["dates"][0][key] for key in ("starts_at", "ends_at")}  # type: ignore[index]
        was, now = {**moments, "venue": "Library"}, {**moments, "venue": "Town Hall"}
        more = {"reason": "Snow", "had": "offered", "until": moments["starts_at"]}
        more |= {"school": "Alder Primary", "booked_by": "A SENCO"}
        _queue(kind=f"events/{kind}", changed=["venue"], was=was, now=now, **more)
        deliver_due()
        (message,) = post.got
        body = message.get_body(("plain",))
        assert body is not None
        assert "Autumn network" in message["Subject"]
        assert "26 November 2026" in body.get_content()


class TestNobody:
    def test_gets_what_was_queued_for_somebody_who_is_no_longer_here(self, post: Post) -> None:
        """As when they were erased while whoever queued it did not wait for them."""
        _queue()
        db.session.execute(sa.update(Person).values(email=None))
        db.session.commit()
        assert deliver_due() == 1
        assert post.got == []
        assert db.session.query(OutboxMessage).count() == 0

    def test_but_who_is_not_here_yet_gets_what_they_asked_for(self, post: Post) -> None:
        _queue(kind="people/join_confirm", school="Elm", once="x", has_account=False)
        db.session.execute(sa.update(Person).values(email=None))
        db.session.commit()
        deliver_due()
        assert len(post.got) == 1

    def test_is_told_of_while_it_is_on_its_way(self, app: Flask, monkeypatch: Any) -> None:
        _queue()

        def send(_message: EmailMessage) -> None:
            with transaction():
                forget_messages(sa.true())

        monkeypatch.setitem(TRANSPORTS, app.config["MAIL_TRANSPORT"], send)
        assert deliver_due() == 1
        assert db.session.query(OutboxMessage).count() == 0


class TestBrokenMessage:
    def test_does_not_hold_up_the_others(self, post: Post) -> None:
        make_person("Broken", "broken@a.example")
        queue_message(
            Recipient("broken@a.example", "Broken"),
            kind="events/of_an_older_release",
            thing="booking",
            thing_id=1,
            context={"title": "No dates"},
        )
        _queue("fine@a.example", thing_id=2)
        assert deliver_due() == 2
        assert [message["To"].addresses[0].addr_spec for message in post.got] == ["fine@a.example"]
        broken = db.session.scalars(
            sa.select(OutboxMessage).where(OutboxMessage.recipient == "broken@a.example")
        ).one()
        assert broken.state is MessageState.WAITING
        assert broken.last_error


class TestClaim:
    def test_two_workers_never_take_the_same_message(self, committed_app: Flask) -> None:
        for number in range(12):
            _queue(f"p{number}@a.example", thing_id=number)

        def claim() -> list[int]:
            with transaction():
                return claim_due(limit=4)

        claimed = race(committed_app, [claim, claim, claim])
        ids = [one for part in claimed for one in part]
        assert len(ids) == len(set(ids)) > 0


class TestFiles:
    def test_can_be_read_at_a_page_of_the_site(
        self, client: GatedClient, app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        # Other tests' messages lie in the usual folder.
        monkeypatch.setitem(app.config, "MAIL_FOLDER", str(tmp_path))
        _queue()
        deliver_due()
        assert list(Path(app.config["MAIL_FOLDER"]).glob("*.eml"))
        page = client.get("/development/mail").text
        assert "You have a place: Autumn network" in page
        name = page.split("/development/mail/")[1].split('"')[0]
        assert "Town Hall" in client.get(f"/development/mail/{name}").text

    def test_a_name_from_outside_the_folder_is_not_found(
        self, client: GatedClient, app: Flask
    ) -> None:
        assert client.get("/development/mail/..%2f..%2fconfig.py").status_code == 404
        assert client.get("/development/mail/config").status_code == 404
