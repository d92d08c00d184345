"""The register, sent, looked over and taken in by an administrator in the site."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.db import db
from cop_site.schools.import_services import apply_import, read_file
from cop_site.schools.models import School, SchoolImport, SchoolLink, SchoolStatus
from cop_site.schools.upload_models import RegisterUpload
from cop_site.schools.upload_queries import list_named_files
from cop_site.web.uploads import store
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_school_user, make_service_user
from tests.factories.register import as_text, make_row
from tests.support.client import GatedClient
from tests.support.keeping import end_due

LINKS = "URN,LinkURN,LinkName,LinkType,LinkEstablishedDate\n"
ROWS = [make_row(f"School {number}", urn=str(820_000 + number)) for number in range(12)]


@pytest.fixture
def admin(client: GatedClient) -> User:
    user = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    client.sign_in(user)
    return user


def post(
    client: GatedClient, content: str | bytes, name: str = "register.csv", **fields: str
) -> TestResponse:
    """Send a file as the form does."""
    content = content.encode("cp1252") if isinstance(content, str) else content
    data: dict[str, Any] = {
        "kind": "schools",
        "la_code": "999",
        **fields,
        "file": (BytesIO(content), name),
        "csrf_token": client.token(),
    }
    return client.post("/schools/register", data=data)


def the_upload() -> RegisterUpload:
    return db.session.scalars(sa.select(RegisterUpload)).one()


def seen(answer: TestResponse) -> str:
    found = re.search(r'name="seen"[^>]*value="([0-9a-f]+)"', answer.text)
    assert found is not None
    return found[1]


def take_in(client: GatedClient, page: str, **fields: Any) -> TestResponse:
    return client.send(page, seen=seen(client.get(page)), **fields)


def known(*rows: dict[str, str]) -> None:
    """Schools that are here already, as the register had them."""
    from pathlib import Path
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder) / "before.csv"
        path.write_bytes(as_text(rows or ROWS).encode("cp1252"))
        apply_import(read_file(path, "999"), by=None)
    db.session.commit()


class TestFromFileToSchools:
    def test_looked_over_then_written_with_who_in_the_history(
        self, client: GatedClient, admin: User
    ) -> None:
        page = post(client, as_text(ROWS)).location
        text = client.get(page).text
        assert "New: 12 schools" in text and "School 3, Larkton, URN 820003" in text
        assert db.session.scalar(sa.select(sa.func.count(School.id))) == 0
        assert take_in(client, page).location == "/schools/register"
        assert db.session.scalar(sa.select(sa.func.count(School.id))) == 12
        history = client.get("/schools/register").text
        name = db.session.get_one(Person, admin.person_id).name
        assert "12 new schools" in history and f"by {name}" in history
        assert db.session.scalars(sa.select(SchoolImport)).one().by_user_id == admin.id
        assert db.session.scalars(sa.select(RegisterUpload)).all() == []

    def test_where_the_file_comes_from_is_one_link_away(
        self, client: GatedClient, admin: User
    ) -> None:
        source = "https://get-information-schools.service.gov.uk/Downloads"
        assert f'href="{source}"' in client.get("/schools/register").text

    @pytest.mark.parametrize(
        ("field", "sent"),
        [("file", ""), ("file", "text"), ("la_code", (BytesIO(b"999"), "code"))],
    )
    def test_a_text_is_no_file_and_a_file_no_text(
        self, client: GatedClient, admin: User, field: str, sent: Any
    ) -> None:
        file = (BytesIO(as_text(ROWS).encode()), "register.csv")
        fields: dict[str, Any] = {"kind": "schools", "la_code": "999", "file": file, field: sent}
        assert client.send("/schools/register", **fields).status_code == 422
        assert db.session.scalars(sa.select(RegisterUpload)).all() == []

    def test_differences_are_told_field_by_field(self, client: GatedClient, admin: User) -> None:
        known()
        closed = {**ROWS[1], "EstablishmentStatus (code)": "2", "CloseDate": "31-08-2026"}
        rows = [{**ROWS[0], "EstablishmentName": "New name"}, closed, *ROWS[2:]]
        page = post(client, as_text(rows)).location
        text = client.get(page).text
        assert "Changing: 1 school" in text and "Closing now: 1 school" in text
        cells = re.findall(r"<td[^>]*>([^<]*)</td>", text)
        assert cells[:3] == ["Status", "open", "closed"]
        assert cells[-3:] == ["Name", "School 0", "New name"]
        assert "31 August 2026" in cells

    def test_reopened_schools_are_listed_apart(self, client: GatedClient, admin: User) -> None:
        known({**ROWS[0], "EstablishmentStatus (code)": "2"}, *ROWS[1:])
        rows = [ROWS[0], {**ROWS[1], "EstablishmentName": "New name"}, *ROWS[2:]]
        page = post(client, as_text(rows)).location
        text = client.get(page).text
        assert "Reopened: 1 school" in text and "Changing: 1 school" in text
        assert text.index("Reopened: ") < text.index("School 0, ") < text.index("Changing: ")
        assert take_in(client, page).status_code == 303
        assert "1 changed, 0 closed, 1 reopened" in client.get("/schools/register").text

    def test_schools_that_are_not_in_the_file_are_named(
        self, client: GatedClient, admin: User
    ) -> None:
        known()
        text = client.get(post(client, as_text(ROWS[1:])).location).text
        assert "Not in the file: 1 school" in text and "School 0, URN 820000" in text

    def test_lists_say_how_many_more_there_are(
        self, client: GatedClient, admin: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("cop_site.schools.register_views.SHOWN", 5)
        known({**ROWS[0], "EstablishmentStatus (code)": "2"}, *ROWS[1:])
        rows = [{**row, "EstablishmentName": "Other"} for row in ROWS]
        closing = [{**row, "EstablishmentStatus (code)": "3"} for row in rows[:7]]
        bad = [make_row("Bad", urn=f"8x{number}") for number in range(6)]
        new = [make_row("Brand new") for _ in range(8)]
        page = post(client, as_text([*closing, *rows[7:], *bad, *new])).location
        text = client.get(page).text
        assert re.findall(r"and \d+ more", text) == [
            "and 1 more",
            "and 6 more",
            "and 3 more",
            "and 2 more",
        ]

    def test_closing_schools_with_bookings_ahead_are_named_first(
        self, client: GatedClient, admin: User
    ) -> None:
        known()
        school = db.session.scalars(sa.select(School).where(School.urn == 820001)).one()
        senco = make_school_user(school, name="The SENCO")
        event = make_event(clock.now() + timedelta(days=9), title="Network meeting")
        make_booking(event, db.session.get_one(Person, senco.person_id), school)
        db.session.commit()
        going = {**ROWS[1], "EstablishmentStatus (code)": "3"}
        page = post(client, as_text([ROWS[0], going, *ROWS[2:]])).location
        text = client.get(page).text
        assert "Closing, with bookings ahead" in text
        assert "The SENCO" in text and f'href="/events/{event.id}"' in text
        take_in(client, page)
        db.session.refresh(school)
        assert school.status is SchoolStatus.PROPOSED_TO_CLOSE

    def test_the_same_again_has_nothing_to_change(self, client: GatedClient, admin: User) -> None:
        known()
        text = client.get(post(client, as_text(ROWS)).location).text
        assert "There is nothing to change" in text and "Take it in" not in text

    def test_links_are_taken_in_the_same_way(self, client: GatedClient, admin: User) -> None:
        known()
        links = LINKS + "820000,820001,School 1,Successor,01-09-2026\n820000,1,Far,Successor,\n"
        page = post(client, links, "links.csv", kind="links", la_code="").location
        text = client.get(page).text
        assert "School 1, Larkton, URN 820001" in text and "1 September 2026" in text
        take_in(client, page, skip_refused="y")
        assert db.session.scalar(sa.select(sa.func.count(SchoolLink.id))) == 1
        assert "1 new link" in client.get("/schools/register").text


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "name", "fields", "words"),
        [
            (b"", "", {}, "Choose a file"),
            (b"", "a.csv", {}, "the file is empty"),
            (b"PK\x03\x04x", "a.csv", {}, "zip archive"),
            (b"a,b\n1,2\n", "a.csv", {}, "none of its columns"),
            (as_text(ROWS).encode(), "a.csv", {"la_code": "35"}, "a code of 3 digits"),
            (as_text(ROWS).encode(), "a.csv", {"la_code": "351"}, "no schools of local authority"),
            (as_text(ROWS).encode(), "a.csv", {"kind": "links"}, "columns are missing"),
            (as_text(ROWS).encode(), "a.csv", {"kind": "people"}, "Choose from the list"),
        ],
    )
    @pytest.mark.sqlite_only
    def test_come_back_with_a_sentence_and_keep_nothing(
        self,
        client: GatedClient,
        admin: User,
        content: bytes,
        name: str,
        fields: dict[str, str],
        words: str,
    ) -> None:
        answer = post(client, content, name, **fields)
        assert answer.status_code == 422
        assert words in answer.text.replace("&#39;", "'")
        assert db.session.scalars(sa.select(RegisterUpload)).all() == []

    def test_refused_lines_stop_it_until_they_are_left_out(
        self, client: GatedClient, admin: User
    ) -> None:
        page = post(client, as_text([*ROWS, make_row("Bad", urn="8x")])).location
        assert "Refused: 1 line" in client.get(page).text
        answer = take_in(client, page)
        assert answer.status_code == 422 and "1 row is refused" in answer.text
        assert take_in(client, page, skip_refused="y").status_code == 303
        assert db.session.scalar(sa.select(sa.func.count(School.id))) == 12

    def test_what_changed_since_it_was_looked_over_is_shown_again(
        self, client: GatedClient, admin: User
    ) -> None:
        page = post(client, as_text(ROWS)).location
        looked_over = seen(client.get(page))
        known(*ROWS[:6])
        answer = client.send(page, seen=looked_over)
        assert answer.status_code == 422
        assert "The schools have changed since you opened this page" in answer.text
        assert "New: 6 schools" in answer.text
        assert client.send(page, seen=seen(answer)).status_code == 303

    def test_a_file_that_seems_cut_by_now_says_so(self, client: GatedClient, admin: User) -> None:
        page = post(client, as_text(ROWS[:5])).location
        known()
        answer = client.get(page)
        assert answer.status_code == 422 and "more than 1 in 10" in answer.text

    def test_and_also_when_it_is_taken_in(self, client: GatedClient, admin: User) -> None:
        page = post(client, as_text(ROWS[:5])).location
        looked_over = seen(client.get(page))
        known()
        answer = client.send(page, seen=looked_over)
        assert answer.status_code == 422 and "more than 1 in 10" in answer.text
        assert db.session.scalar(sa.select(sa.func.count(School.id))) == 12

    def test_pressed_twice_or_gone_meanwhile_is_told_kindly(
        self, client: GatedClient, admin: User
    ) -> None:
        page = post(client, as_text(ROWS)).location
        looked_over = seen(client.get(page))
        steps: list[tuple[str, dict[str, Any]]]
        steps = [(page, {"seen": looked_over}), (f"{page}/put-away", {})]
        for path, fields in steps:
            client.send(path, **fields)
            assert client.send(page, seen=looked_over).location == "/schools/register"
        assert "taken in or deleted already" in client.get("/schools/register").text
        assert client.get(page).status_code == 404

    def test_put_away_changes_nothing(self, client: GatedClient, admin: User) -> None:
        page = post(client, as_text(ROWS)).location
        client.send(f"{page}/put-away")
        assert db.session.scalars(sa.select(School)).all() == []
        assert db.session.scalars(sa.select(RegisterUpload)).all() == []

    def test_a_store_that_is_away_is_told_at_the_field(
        self, client: GatedClient, admin: User, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(store(), "folder", store().folder / "none" / "\0".strip("\0") / "x")
        (store().folder.parent).mkdir(parents=True, exist_ok=True)
        store().folder.write_text("a file where the folder should be")
        answer = post(client, as_text(ROWS))
        assert answer.status_code == 503 and "could not be kept just now" in answer.text


class TestUpkeep:
    def test_a_waiting_file_is_kept_from_the_sweep_and_forgotten_in_time(
        self, client: GatedClient, admin: User, app: Flask
    ) -> None:
        post(client, as_text(ROWS))
        upload = the_upload()
        assert list_named_files([upload.sha256, "0" * 64]) == {upload.sha256}
        upload.at = clock.now() - timedelta(days=15)
        db.session.commit()
        assert end_due("register_uploads") == 1
        assert db.session.scalars(sa.select(RegisterUpload)).all() == []
