"""The sign-in sheet, read back by a reader of another make."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cop_site.attendance import paper_views
from cop_site.audit import list_changes
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import EventState
from cop_site.web.pdf import PdfAwayError
from tests.conftest import NOON
from tests.factories.events import make_booking
from tests.factories.people import make_person
from tests.factories.schools import join_cluster, make_cluster, make_school
from tests.integration.attendance.conftest import Meeting
from tests.support.client import GatedClient
from tests.support.pdf import read_pdf, tags_of, text_of
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def sheet_url(client: GatedClient, meeting: Meeting) -> str:
    client.sign_in(meeting.asep)
    return f"{meeting.url.removesuffix('/register')}/register/sign-in-sheet.pdf"


def _read(client: GatedClient, url: str) -> str:
    answer = client.get(url)
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    return text_of(read_pdf(answer.data))


class TestSignInSheet:
    def test_has_a_table_a_cluster_with_those_in_none_and_waiting_last(
        self, client: GatedClient, meeting: Meeting, sheet_url: str
    ) -> None:
        lone, aspen = make_school("Zinnia Lone School"), make_school("Aspen Primary")
        first = make_cluster("Aardvark")
        join_cluster(aspen, first)
        make_booking(meeting.event, make_person("Lone Lou"), lone)
        make_booking(meeting.event, make_person("Ash Aspen"), aspen)
        waiting = make_person("Wanda Waits")
        make_booking(meeting.event, waiting, aspen, state=BookingState.WAITING)
        gone = make_person("Gone Greta")
        make_booking(meeting.event, gone, aspen, state=BookingState.CANCELLED)
        make_booking(meeting.event, make_person("Speaks Only"))
        db.session.commit()
        text = _read(client, sheet_url)
        order = [
            "Aardvark",
            "Ash Aspen",
            meeting.cluster.name,
            "Alder Lane Primary",
            "Dovecote Primary",
            "Schools in no cluster",
            "Lone Lou",
            "On the waiting list",
            "Wanda Waits",
            "Not listed",
        ]
        places = [text.index(words) for words in order]
        assert places == sorted(places)
        assert "Gone Greta" not in text and "Speaks Only" not in text

    def test_says_what_when_where_and_never_to_write_about_pupils(
        self, client: GatedClient, meeting: Meeting, sheet_url: str
    ) -> None:
        text = _read(client, sheet_url)
        for words in (
            "Problem-solving circle",
            "Tuesday 10 November 2026, 11:50am to 1:50pm",
            "Town Hall",
            "Never write about a pupil",
            "Page 1 of",
            "Headteacher",
        ):
            assert words in text

    def test_is_of_the_clusters_of_its_own_day(
        self, client: GatedClient, meeting: Meeting, sheet_url: str
    ) -> None:
        mover = make_school("Mover Primary")
        before, after = make_cluster("Before"), make_cluster("After")
        day = NOON.date()
        join_cluster(mover, before, day - timedelta(days=60), day)
        join_cluster(mover, after, day + timedelta(days=1))
        make_booking(meeting.event, make_person("Moving Mo"), mover)
        db.session.commit()
        text = _read(client, sheet_url)
        assert "Before" in text and "After" not in text

    def test_is_tagged_and_repeats_its_headers_on_each_page(
        self, client: GatedClient, meeting: Meeting, sheet_url: str
    ) -> None:
        for number in range(40):
            make_booking(meeting.event, make_person(f"Long List{number}"), meeting.alder)
        db.session.commit()
        reader = read_pdf(client.get(sheet_url).data)
        assert {"/H1", "/H2", "/Table", "/TH", "/TD"} <= set(tags_of(reader))
        assert len(reader.pages) > 2
        assert all("Signature" in page.extract_text() for page in reader.pages)

    def test_numbers_stay_when_somebody_leaves_the_list(
        self, client: GatedClient, meeting: Meeting, sheet_url: str
    ) -> None:
        meeting.bookings[0].state = BookingState.CANCELLED
        db.session.commit()
        text = _read(client, sheet_url)
        assert "Numbers follow the order of booking" in " ".join(text.split())
        assert f"2{meeting.people[1].name}" in "".join(text.split("\n")).replace(" P", "P")
        assert f"3{meeting.people[2].name}" in "".join(text.split("\n")).replace(" P", "P")

    def test_writes_down_who_took_it(
        self, client: GatedClient, meeting: Meeting, sheet_url: str
    ) -> None:
        client.get(sheet_url)
        (change,) = list_changes("export", meeting.asep.id)
        assert change.now["file"] == "sign-in-sheet-2026-11-10.pdf"
        assert change.now["rows"] == 3

    def test_of_an_event_that_is_off_leads_back(
        self, client: GatedClient, meeting: Meeting, sheet_url: str
    ) -> None:
        meeting.event.state = EventState.CANCELLED
        db.session.commit()
        assert client.get(sheet_url).status_code == 303
        assert "Print a sign-in sheet" not in client.get(meeting.url).text

    def test_is_refused_with_a_sentence_where_it_can_not_be_drawn(
        self,
        client: GatedClient,
        meeting: Meeting,
        sheet_url: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def fail(*_arguments: object, **_more: object) -> bytes:
            raise PdfAwayError

        monkeypatch.setattr(paper_views, "draw_pdf", fail)
        answer = client.get(sheet_url)
        assert answer.status_code == 422 and "PDF files can’t be made" in answer.text
        monkeypatch.setattr(paper_views, "MOST_PEOPLE", 2)
        answer = client.get(sheet_url)
        assert answer.status_code == 422 and "too many for a sheet" in answer.text
        assert list_changes("export", meeting.asep.id) == []

    def test_takes_as_many_statements_for_three_people_as_for_thirty(
        self, client: GatedClient, meeting: Meeting, sheet_url: str
    ) -> None:
        client.get(sheet_url)
        with count_statements() as few:
            client.get(sheet_url)
        for number in range(27):
            make_booking(meeting.event, make_person(f"More {number}"), make_school())
        db.session.commit()
        with count_statements() as many:
            client.get(sheet_url)
        assert len(many) == len(few)
