"""The code on the wall, and checking in by it, by request."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from cop_site.accounts.models import User
from cop_site.attendance import check_in_services
from cop_site.attendance.models import Mark
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import EventState
from tests.conftest import NOON
from tests.factories.events import make_mark, make_register
from tests.integration.attendance import checking_in
from tests.integration.attendance.checking_in import CODE, check_in, codes, make_guest, person_of
from tests.integration.attendance.conftest import Meeting
from tests.support.client import GatedClient
from tests.support.held_file import download, rows_of
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only
POLL = {"HX-Request": "true", "X-Poll": "1"}


@pytest.fixture
def asep(client: GatedClient, meeting: Meeting) -> GatedClient:
    client.sign_in(meeting.asep)
    return client


@pytest.fixture
def guest(client: GatedClient, meeting: Meeting) -> User:
    """Signed in, with a place, and a code in use."""
    checking_in.make_code(meeting)
    user = make_guest(meeting)
    client.sign_in(user)
    return user


@pytest.fixture
def wall(meeting: Meeting) -> str:
    return f"{meeting.url}/code"


class TestCode:
    def test_the_register_leads_there_and_reading_makes_none(
        self, asep: GatedClient, meeting: Meeting, wall: str
    ) -> None:
        assert f'href="{wall}"' in asep.get(meeting.url).text
        html = asep.get(wall).text
        assert "Check in: Problem-solving circle</h1>" in html
        assert "from 11:35am until the session ends" in html and "Make a code" in html
        assert codes() == []

    def test_is_shown_large_with_a_square_and_whom_to_ask(
        self,
        app: Flask,
        asep: GatedClient,
        meeting: Meeting,
        wall: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setitem(app.config, "SITE_ADDRESS", "https://cop.example")
        assert asep.send(wall).headers["Location"] == wall
        html = asep.get(wall).text
        (code,) = codes()
        assert f">{code.code[:3]} {code.code[3:]}</b>" in html
        assert ">cop.example/here</b>" in html
        assert "check-in__square" in html and "style=" not in html
        assert f"Tell {person_of(meeting.asep).name}." in html
        assert "Works from 11:35am to 1:50pm" in html
        assert "Nobody has checked in by code yet" in html

    def test_a_new_one_and_stopping_are_buttons_that_say_which(
        self, asep: GatedClient, wall: str
    ) -> None:
        asep.send(wall)
        (first,) = codes()
        assert f'name="shown_id" value="{first.id}"' in asep.get(wall).text
        for _ in range(2):
            asep.send(wall, shown_id=str(first.id))
        second = codes()[-1]
        assert len(codes()) == 2
        back = asep.send(f"{wall}/stop", shown_id=str(second.id)).headers["Location"]
        assert "Make a code" in asep.get(back).text
        db.session.expire_all()
        assert codes()[-1].stopped_at == NOON

    @pytest.mark.parametrize("shown", ["x", "-1", "9" * 40, "\u0661"])
    def test_a_hostile_id_changes_nothing(self, asep: GatedClient, wall: str, shown: str) -> None:
        asep.send(wall)
        assert asep.send(wall, shown_id=shown).status_code == 303
        assert asep.send(f"{wall}/stop", shown_id=shown).status_code == 303
        assert [code.stopped_at for code in codes()] == [None]

    def test_counts_again_by_itself_and_stops_when_it_is_over(
        self, asep: GatedClient, meeting: Meeting, wall: str, at: Callable[[datetime], None]
    ) -> None:
        asep.send(wall)
        check_in(meeting, make_guest(meeting), codes()[0].code)
        html = asep.get(wall, headers=POLL).text
        assert html.lstrip().startswith('<div id="check-in"') and "every 20s" in html
        assert "1 person has checked in by code" in html
        at(meeting.session.ends_at + timedelta(minutes=1))
        asep.sign_in(meeting.asep)
        html = asep.get(wall, headers=POLL).text
        assert "The session has ended" in html and "every" not in html

    def test_a_poll_of_somebody_signed_out_leaves_the_wall_as_it_is(
        self, client: GatedClient, meeting: Meeting, wall: str
    ) -> None:
        answer = client.get(wall, headers=POLL)
        assert (answer.status_code, answer.data) == (204, b"")
        assert "HX-Redirect" not in answer.headers

    def test_what_bars_a_code_is_said_in_place_of_it(
        self, asep: GatedClient, meeting: Meeting, wall: str
    ) -> None:
        checking_in.make_code(meeting)
        meeting.event.state = EventState.CANCELLED
        db.session.commit()
        answer = asep.send(wall)
        assert answer.status_code == 422 and "cancelled" in answer.text
        assert "K7M 3XT" not in answer.text and "Make a" not in answer.text

    def test_costs_the_same_for_one_person_and_for_many(
        self, asep: GatedClient, meeting: Meeting, wall: str
    ) -> None:
        checking_in.make_code(meeting)
        counts = []
        for number in range(2):
            for user in range(number * 4 + 1):
                check_in(meeting, make_guest(meeting, f"Guest {number}-{user}"))
            db.session.expire_all()
            with count_statements() as sent:
                asep.get(wall, headers=POLL)
            counts.append(len(sent))
        assert counts[0] == counts[1] <= 6

    def test_the_row_says_that_they_did_it_themselves(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        checking_in.make_code(meeting)
        user = make_guest(meeting)
        check_in(meeting, user)
        assert asep.get(meeting.url).text.count("Checked in by code") == 1
        tap = {"tap_id": "tap-00000001", "person_id": user.person_id}
        tap |= {"kind": "not_recorded", "replaces": "in_person"}
        html = asep.send(meeting.url, htmx=True, **tap).text
        assert "Checked in by code" not in html and "Mark here" in html


class TestHere:
    def test_get_marks_nobody_and_does_not_say_whether_there_is_such_a_code(
        self, client: GatedClient, guest: User
    ) -> None:
        pages = [
            re.sub(r'name="csrf_token" value="[^"]+"', "", client.get(f"/here/{code}").text)
            for code in (CODE, "CCCCCC")
        ]
        assert pages[0].replace("K7M 3XT", "CCC CCC") == pages[1]
        assert 'value="K7M 3XT"' in pages[0] and "I am here" in pages[0]
        assert db.session.query(Mark).count() == 0

    def test_one_button_marks_and_says_what_for(
        self, client: GatedClient, meeting: Meeting, guest: User
    ) -> None:
        answer = client.send("/here", code="k7m 3xt")
        assert answer.status_code == 303
        html = client.get(answer.headers["Location"]).text
        assert "You are marked here</h1>" in html and "Problem-solving circle" in html
        assert "Attended in person, Tuesday 10 November 2026, 11:50am to 1:50pm" in html
        assert "Marked at midday" in html and "already" not in html
        assert "in your CPD record once the register is closed" in html
        html = client.send("/here", code=CODE).headers["Location"]
        assert "You were marked here already." in client.get(html).text

    def test_signing_in_leads_back_to_the_code(self, client: GatedClient, guest: User) -> None:
        client.get("/sign-out")
        with client.session_transaction() as cookie:
            cookie.clear()
        answer = client.get("/here/k7m3xt")
        assert answer.headers["Location"] == "/sign-in?next=/here/k7m3xt"

    @pytest.mark.parametrize("address", ["/here/", "/here/K7F-92M/"])
    def test_a_slash_at_the_end_changes_nothing(
        self, client: GatedClient, guest: User, address: str
    ) -> None:
        client.sign_in(guest)
        assert client.get(address).text == client.get(address.rstrip("/")).text

    @pytest.mark.parametrize("typed", ["CCCCCC", "x", "<b>", "\u202eK7M", "9" * 40])
    def test_a_wrong_code_is_said_at_the_field_and_stays(
        self, client: GatedClient, guest: User, typed: str
    ) -> None:
        answer = client.send("/here", code=typed)
        assert answer.status_code == 422
        assert check_in_services.WRONG in answer.text
        assert "<title>Error: Check in" in answer.text
        assert "<b>" not in answer.text.split("<form")[1]

    def test_nothing_typed_counts_no_try(self, client: GatedClient, guest: User) -> None:
        for _ in range(11):
            answer = client.send("/here", code=" ")
        assert "Enter the code" in answer.text
        assert client.send("/here", code=CODE).status_code == 303

    def test_after_ten_wrong_ones_even_the_right_one_waits(
        self, client: GatedClient, guest: User
    ) -> None:
        for _ in range(10):
            assert check_in_services.WRONG in client.send("/here", code="CCC CCC").text
        answer = client.send("/here", code=CODE)
        assert answer.status_code == 422 and "too many tries" in answer.text

    def test_a_code_that_stops_between_the_two_steps_is_a_wrong_one(
        self, meeting: Meeting, guest: User
    ) -> None:
        codes()[0].stopped_at = NOON
        db.session.commit()
        with pytest.raises(DomainError, match="not right"):
            check_in(meeting, guest)

    def test_needs_a_token(self, client: GatedClient, guest: User) -> None:
        assert client.post("/here", data={"code": CODE}).status_code == 400
        assert db.session.query(Mark).count() == 0

    def test_without_a_place_they_are_told_kindly(
        self, client: GatedClient, meeting: Meeting, guest: User
    ) -> None:
        client.sign_in(meeting.ep)
        answer = client.send("/here", code=CODE)
        assert answer.status_code == 422 and check_in_services.NO_NEED in answer.text

    def test_is_in_their_own_file_as_theirs_and_not_as_a_register_they_took(
        self, client: GatedClient, guest: User
    ) -> None:
        client.send("/here", code=CODE)
        files = download(client)
        (row,) = rows_of(files["register-history.csv"])
        assert (row["By"], row["Why"]) == ("you", "checked in by code")
        assert rows_of(files["registers-you-took.csv"]) == []

    def test_nobody_sees_what_they_are_not_marked_at(
        self, client: GatedClient, meeting: Meeting, guest: User
    ) -> None:
        register = make_register(meeting.session, closed=False)
        make_mark(register, meeting.first, meeting.alder)
        db.session.commit()
        assert client.get(f"/here/marked/{meeting.session.id}").status_code == 404


class TestFromTheEventsPage:
    @pytest.mark.parametrize(
        ("minutes", "is_there"), [(-26, False), (-25, True), (109, True), (110, False)]
    )
    def test_leads_there_from_15_minutes_before_to_the_end(
        self,
        guest: User,
        client: GatedClient,
        meeting: Meeting,
        at: Callable[[datetime], None],
        minutes: int,
        is_there: bool,
    ) -> None:
        at(NOON + timedelta(minutes=minutes))
        page = client.get(f"/events/{meeting.event.id}").text
        assert ('href="/here"' in page) == is_there
