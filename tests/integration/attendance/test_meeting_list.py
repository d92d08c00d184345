"""A meeting's list: looked over, applied, and nothing kept of who is not on the register."""

from __future__ import annotations

import html as html_text
import re
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cop_site.attendance.models import Mark, MarkChange, Register
from cop_site.attendance.services import Tap, mark_person
from cop_site.audit import Change, list_changes
from cop_site.db import db
from cop_site.events.models import EventState
from cop_site.web.parking import ParkedForm
from tests.factories import meeting_lists
from tests.factories.events import make_booking, make_mark, make_register
from tests.factories.people import make_person
from tests.integration.attendance.conftest import Meeting
from tests.support.client import GatedClient
from tests.support.statements import count_statements

LISTS = {
    "teams": meeting_lists.teams(),
    "teams-commas": meeting_lists.teams_with_commas(),
    "older-teams": meeting_lists.older_teams(),
    "zoom": meeting_lists.zoom(with_block=False),
    "zoom-block": meeting_lists.zoom(with_block=True),
    "meet": meeting_lists.meet(),
    "meet-by-name": meeting_lists.meet_by_name(),
}


@pytest.fixture
def url(client: GatedClient, meeting: Meeting) -> str:
    client.sign_in(meeting.asep)
    erin, zoe, _third = meeting.people
    erin.name, erin.email = "Erin Example", "erin@alder.example"
    zoe.name = "Zoë O'Sample"
    db.session.commit()
    return f"{meeting.url}/meeting-list"


def look(client: GatedClient, url: str, content: bytes) -> TestResponse:
    """Put together by hand: the test's own writer would leave temporary files open."""
    parts = (
        f'--cut\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{client.token()}\r\n'
        '--cut\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\n\r\n'
    )
    body = parts.encode() + content + b"\r\n--cut--\r\n"
    return client.post(url, data=body, content_type="multipart/form-data; boundary=cut")


def shown(page: str) -> dict[str, str]:
    """What the page's form would send, its first choices left as they are."""
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        pairs = re.findall(r'(\w+)="([^"]*)"', tag)
        found = {name: html_text.unescape(value) for name, value in pairs}
        is_off = found.get("type") in ("radio", "checkbox") and " checked" not in tag
        if found.get("name") not in (None, "csrf_token", "file") and not is_off:
            fields[found["name"]] = found.get("value", "")
    for name, options in re.findall(r'<select[^>]* name="([^"]*)">(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        fields[name] = chosen[1] if chosen else ""
    return fields


def save(client: GatedClient, url: str, fields: dict[str, Any]) -> TestResponse:
    return client.send(url, step="save", **fields)


def kinds() -> dict[int, str]:
    query = sa.select(Mark.person_id, Mark.kind_key).where(Mark.voided_at.is_(None))
    return {person_id: kind for person_id, kind in db.session.execute(query)}


class TestLook:
    @pytest.mark.parametrize("name", LISTS)
    def test_each_tool_is_previewed_and_applied(
        self, client: GatedClient, meeting: Meeting, url: str, name: str
    ) -> None:
        page = look(client, url, LISTS[name])
        assert page.status_code == 200
        assert "On the list and on the register: 2" in page.text
        assert "With a place, not on the list: 1" in page.text
        assert kinds() == {}
        answer = save(client, url, shown(page.text))
        assert answer.status_code == 303 and answer.location.endswith("/close")
        erin, zoe, third = meeting.people
        assert kinds().keys() == {erin.id, zoe.id}
        assert kinds()[erin.id] == "online"
        assert "2 people marked from the list." in client.get(answer.location).text
        register = db.session.scalars(sa.select(Register)).one()
        assert not register.is_closed
        changes = list_changes("register", register.id)
        assert [(one.verb, one.now) for one in changes if one.verb != "opened"] == [
            ("marked from a list", {"marked": 2})
        ]
        assert third.id not in kinds()

    @pytest.mark.sqlite_only
    def test_says_how_each_line_matched_and_proposes_part(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        text = look(client, url, meeting_lists.teams()).text
        assert (
            "On the list: Example, Erin (Alder Lane). Same email address. <b>122 minutes</b>"
            in text
        )
        assert "Zoë O’Sample (Guest). Same name. <b>22 minutes</b>" in text
        assert "Organiser, Olive" in text and "Nobody with a place" in text
        sent = shown(text)
        assert (sent["mark-0"], sent["mark-1"]) == ("online", "part")

    def test_people_in_by_one_account_are_each_shown_and_marked_once(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        erin, zoe, _third = meeting.people
        erin.email = meeting_lists.SHARED
        db.session.commit()
        page = look(client, url, meeting_lists.zoom_shared()).text
        assert "On the list and on the register: 2" in page
        assert "On the list: Erin Example and Erin E. Same email address. <b>120 minutes" in page
        assert "On the list: Zoë O&#39;Sample (Alder Lane). Same name." in page
        assert "<b>Alder Lane iPad</b>" in page
        fields = shown(page)
        again = save(client, url, {**fields, "who-2": f"{erin.id}:not_recorded"})
        assert again.status_code == 422 and kinds() == {}
        assert "Two lines are the same person" in again.text
        assert "On the list: Erin Example and Erin E." in again.text
        assert save(client, url, fields).status_code == 303
        assert kinds() == {erin.id: "online", zoe.id: "online"}

    @pytest.mark.sqlite_only
    def test_writes_nothing_and_keeps_nothing_of_outsiders(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        page = look(client, url, meeting_lists.teams())
        save(client, url, shown(page.text))
        for table in db.metadata.sorted_tables:
            for row in db.session.execute(sa.select(table)):
                assert "Olive" not in str(row) and "olive@" not in str(row)

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"PK\x03\x04", "This is a spreadsheet. Save it as CSV first"),
            (b"Name\n" + b"Erin\n" * 100_000, "The file has 100,002 lines"),
            (b"Name\n" + b"x" * 2_000_000, "The file is larger than 1 MB"),
            (b"x" * (26 * 1024 * 1024), "The file is larger than 1 MB"),
            (b"<html>", "This is a web page"),
            (b'Name,\n"Erin', "A quotation mark is not closed"),
        ],
        ids=["zip", "lines", "large", "huge", "html", "quote"],
    )
    def test_a_hostile_file_is_refused_with_a_sentence(
        self, client: GatedClient, meeting: Meeting, url: str, content: bytes, said: str
    ) -> None:
        answer = look(client, url, content)
        assert answer.status_code == 422 and said in answer.text
        assert kinds() == {}

    @pytest.mark.sqlite_only
    def test_what_is_in_the_file_is_shown_as_text(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        text = look(client, url, b"Name,Email\n<script>alert(1)</script> B,\n=1+1 A,\n").text
        assert "<script>alert" not in text and "&lt;script&gt;" in text

    @pytest.mark.parametrize("name", ["{}", "{} (Guest)", "{}'s iPad"])
    @pytest.mark.parametrize("head", ["Name,Duration", "Name,Duration,Email"])
    def test_an_address_given_as_a_name_is_never_certain(
        self, client: GatedClient, meeting: Meeting, url: str, name: str, head: str
    ) -> None:
        shown_as = name.format("Erin@alder.example")
        page = look(client, url, f"{head}\n{shown_as},90,\n".encode()).text
        assert "Same email address" not in page and "Same name" not in page
        assert ("May be somebody here" in page) == ("Email" not in head)
        assert "Nobody is to be marked" in save(client, url, shown(page)).text
        fields = shown(page) | {"who-0": f"{meeting.first.id}:not_recorded"}
        assert save(client, url, fields).status_code == 303
        assert kinds() == {meeting.first.id: "online"}

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize(
        ("day", "said"),
        [
            ("23/11/2026", "This list is of 23 November 2026."),
            ("2026-11-23", "This list is of 23 November 2026."),
            ("11/23/26", "This list is of 23 November 2026."),
            ("09/11/2026", "This list is of 9 November 2026 or 11 September 2026."),
            ("10/11/2026", ""),
            ("11/10/26", ""),
        ],
    )
    def test_a_list_of_another_day_is_asked_about(
        self, client: GatedClient, meeting: Meeting, url: str, day: str, said: str
    ) -> None:
        page = look(client, url, f'Name,Join time\nErin Example,"{day} 11:50"\n'.encode()).text
        if not said:
            assert "This list is of" not in page
            assert save(client, url, shown(page)).status_code == 303
            return
        assert said in page and "The session was on 10 November 2026." in page
        answer = save(client, url, shown(page))
        assert answer.status_code == 422 and "Tick the box" in answer.text
        assert said in answer.text and kinds() == {}
        assert save(client, url, shown(answer.text) | {"same": "y"}).status_code == 303
        assert kinds() == {meeting.first.id: "online"}

    @pytest.mark.sqlite_only
    def test_no_file_is_said(self, client: GatedClient, meeting: Meeting, url: str) -> None:
        answer = client.send(url)
        assert answer.status_code == 422 and "Choose the file" in answer.text

    @pytest.mark.sqlite_only
    def test_takes_as_many_statements_for_three_people_as_for_thirty(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        look(client, url, meeting_lists.teams())
        with count_statements() as few:
            look(client, url, meeting_lists.teams())
        for number in range(27):
            make_booking(meeting.event, make_person(f"More {number}"), meeting.alder)
        db.session.commit()
        rows = "".join(f"More {number}\n" for number in range(27))
        with count_statements() as many:
            look(client, url, f"Name\n{rows}".encode())
        assert len(many) == len(few)


class TestSave:
    def test_sent_twice_is_saved_and_recorded_once(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        fields = shown(look(client, url, meeting_lists.meet()).text)
        for _ in range(2):
            assert save(client, url, fields).status_code == 303
        assert db.session.scalar(sa.select(sa.func.count()).select_from(MarkChange)) == 2
        query = sa.select(sa.func.count()).where(Change.verb == "marked from a list")
        assert db.session.scalar(query) == 1

    def test_who_is_marked_stays_unless_changed(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        register = make_register(meeting.session, closed=False)
        make_mark(
            register, meeting.first, meeting.alder, kind="apologies", booking=meeting.bookings[0]
        )
        db.session.commit()
        page = look(client, url, meeting_lists.meet()).text
        assert "Marked: Apologies" in page
        assert save(client, url, shown(page)).status_code == 303
        assert kinds()[meeting.first.id] == "apologies"
        changed = shown(page) | {"mark-0": "online", "tap_id": "another-0001"}
        assert save(client, url, changed).status_code == 303
        assert kinds()[meeting.first.id] == "online"

    def test_somebody_who_could_not_be_told_is_chosen(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        third = meeting.people[2]
        page = look(client, url, b"Name,Duration\nCalls herself Cat,90\nErin Example,90\n").text
        assert "Calls herself Cat" in page
        fields = shown(page) | {"who-1": f"{third.id}:not_recorded"}
        assert save(client, url, fields).status_code == 303
        assert kinds() == {meeting.first.id: "online", third.id: "online"}

    def test_one_person_on_two_lines_is_asked_about(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        page = look(client, url, b"Name\nSomebody Else\nErin Example\n").text
        fields = shown(page) | {"who-1": f"{meeting.first.id}:not_recorded"}
        answer = save(client, url, fields)
        assert answer.status_code == 422
        assert "Two lines are the same person" in answer.text and "Somebody Else" in answer.text
        assert kinds() == {}

    def test_what_somebody_marked_meanwhile_stands_and_the_rest_is_saved(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        fields = shown(look(client, url, meeting_lists.meet()).text)
        tap = Tap("tap-0001", meeting.first.id, "apologies", "not_recorded")
        mark_person(meeting.session.id, tap, by=meeting.by_ep)
        db.session.commit()
        answer = save(client, url, fields)
        assert answer.status_code == 422
        assert "1 person marked from the list." in answer.text
        assert f"Marked as apologies by {meeting.by_ep.name}" in answer.text
        assert kinds() == {meeting.first.id: "apologies", meeting.people[1].id: "online"}
        assert save(client, url, shown(answer.text)).status_code == 303
        assert kinds()[meeting.first.id] == "online"

    @pytest.mark.sqlite_only
    def test_people_of_elsewhere_and_invented_marks_change_nothing(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        stranger = make_person("Sid Stranger")
        db.session.commit()
        fields = {"tap_id": "list-00000001", "name-0": "Sid", "who-0": f"{stranger.id}:x"}
        assert save(client, url, fields | {"mark-0": "online"}).status_code == 422
        own = {**fields, "who-0": f"{meeting.first.id}:not_recorded", "mark-0": "in_person"}
        assert "Nobody is to be marked" in save(client, url, own).text
        assert kinds() == {}

    @pytest.mark.sqlite_only
    def test_a_closed_register_and_a_cancelled_event_refuse(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        fields = shown(look(client, url, meeting_lists.meet()).text)
        register = make_register(meeting.session, closed=True)
        db.session.commit()
        answer = save(client, url, fields)
        assert answer.status_code == 422 and "This register is closed" in answer.text
        assert client.get(url).status_code == 303
        register.closed_at = None
        meeting.event.state = EventState.CANCELLED
        db.session.commit()
        assert "was cancelled" in save(client, url, fields).text

    @pytest.mark.sqlite_only
    def test_is_not_kept_when_the_sign_in_has_ended(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        fields = shown(look(client, url, meeting_lists.teams()).text)
        token = client.token()
        with client.session_transaction() as cookie:
            cookie.pop("_user_id")
        FlaskClient.post(client, url, data={**fields, "step": "save", "csrf_token": token})
        assert db.session.scalars(sa.select(ParkedForm)).all() == []
        assert kinds() == {}
