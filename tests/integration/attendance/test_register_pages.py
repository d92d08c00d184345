"""The register's page and a tap, by request: as a plain form and as htmx sends it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.attendance.models import Mark, MarkChange, Register
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import EventState, Facilitator
from tests.conftest import NOON
from tests.factories.events import make_booking, make_event, make_mark, make_register, session_of
from tests.factories.people import (
    assign,
    make_partner_user,
    make_person,
    make_school_user,
    make_service_user,
)
from tests.integration.attendance.conftest import Meeting, make_meeting
from tests.support.client import GatedClient
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only

MOST_STATEMENTS = 8


def tap(person: Person, kind: str = "in_person", **more: str) -> dict[str, Any]:
    return {
        "tap_id": "tap-00000001",
        "person_id": str(person.id),
        "kind": kind,
        "replaces": "not_recorded",
        **more,
    }


def kinds() -> list[str]:
    return list(db.session.scalars(sa.select(Mark.kind_key).order_by(Mark.id)))


def row(html: str, person: Person) -> str:
    found = re.search(rf'<li class="reg" id="row-{person.id}".*?</li>', html, re.DOTALL)
    assert found, f"no row of {person.name}"
    return found.group()


@pytest.fixture
def asep(client: GatedClient, meeting: Meeting) -> GatedClient:
    client.sign_in(meeting.asep)
    return client


class TestRegister:
    def test_shows_the_session_the_count_and_each_person(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        html = asep.get(meeting.url).text
        assert "<h1" in html and "Register: Problem-solving circle</h1>" in html
        assert "Tuesday 10 November 2026, 11:50am to 1:50pm" in html
        assert "0 of 3 marked" in html
        first = row(html, meeting.first)
        assert first.index(meeting.first.name) < first.index("Headteacher, Alder Lane Primary")
        assert "Mark here" in first and 'aria-pressed="false"' in first

    def test_reading_it_changes_nothing(self, asep: GatedClient, meeting: Meeting) -> None:
        asep.get(meeting.url)
        assert db.session.scalars(sa.select(Register)).all() == []

    def test_lists_waiting_late_cancelled_and_walked_in_apart(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        make_booking(
            meeting.event, make_person("Wendy Waits"), meeting.alder, state=BookingState.WAITING
        )
        late = make_booking(
            meeting.event, make_person("Colin Cancels"), meeting.alder, state=BookingState.CANCELLED
        )
        late.cancelled_late = True
        make_booking(
            meeting.event, make_person("Early Bird"), meeting.alder, state=BookingState.CANCELLED
        )
        register = make_register(meeting.session, closed=False)
        make_mark(register, make_person("Dora Door"), meeting.dovecote, walk_in=True)
        db.session.commit()
        html = asep.get(meeting.url).text
        order = ["Added at the door", "Dora Door", "On the waiting list", "Wendy Waits"]
        order += ["Cancelled", "Colin Cancels", "Cancelled late"]
        places = [html.index(text) for text in order]
        assert places == sorted(places)
        assert "Early Bird" not in html
        assert "1 of 4 marked" in html

    def test_a_mark_stays_in_sight_when_the_booking_is_cancelled_in_time(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        register = make_register(meeting.session, closed=False)
        make_mark(register, meeting.first, meeting.alder, booking=meeting.bookings[0])
        meeting.bookings[0].state = BookingState.CANCELLED
        db.session.commit()
        assert "1 of 3 marked" in asep.get(meeting.url).text

    def test_a_row_says_whose_it_is_where_a_tap_is_not_saved(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        html = asep.get(meeting.url).text
        assert f'data-unsaved="{meeting.first.name}"' in row(html, meeting.first)
        assert 'data-state="not_recorded"' in row(html, meeting.first)
        assert "data-unsaved-count" in html
        assert "data-warn-unsaved" in html

    def test_words_narrow_the_rows_and_keep_the_count(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        html = asep.get(f"{meeting.url}?q=dove").text
        assert f"row-{meeting.people[2].id}" in html
        assert f"row-{meeting.first.id}" not in html
        assert "0 of 3 marked" in html
        assert 'value="dove"' in html

    def test_words_narrow_the_rows_by_htmx(self, asep: GatedClient, meeting: Meeting) -> None:
        answer = asep.fragment(f"{meeting.url}?q=dove")
        assert answer.text.startswith('<div id="people"')
        assert "1 person listed" in answer.text

    def test_words_that_match_nobody_say_so(self, asep: GatedClient, meeting: Meeting) -> None:
        html = asep.get(f"{meeting.url}?q=<b>nobody").text
        assert "Nobody matches “&lt;b&gt;nobody”" in html

    def test_with_nobody_booked_says_what_to_do(self, asep: GatedClient, meeting: Meeting) -> None:
        empty = make_event(meeting.session.starts_at, cluster_id=meeting.cluster.id)
        db.session.commit()
        html = asep.get(f"/sessions/{session_of(empty).id}/register").text
        assert "Nobody has booked" in html

    def test_the_day_before_lists_people_without_buttons(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        ahead = make_event(NOON + timedelta(days=1), cluster_id=meeting.cluster.id)
        person = make_person("Early Bird")
        make_booking(ahead, person, meeting.alder)
        db.session.commit()
        html = asep.get(f"/sessions/{session_of(ahead).id}/register").text
        assert "You can mark from Wednesday 11 November 2026." in html
        assert "<button" not in row(html, person)

    def test_of_a_cancelled_event_says_so_and_has_no_buttons(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        meeting.event.state = EventState.CANCELLED
        db.session.commit()
        html = asep.get(meeting.url).text
        assert "was cancelled" in html
        assert "Mark here" not in html
        assert asep.send(meeting.url, **tap(meeting.first)).status_code == 422
        assert db.session.scalars(sa.select(Register)).all() == []

    def test_a_closed_one_says_by_whom_and_offers_to_open_it_again(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        asep.send(f"{meeting.url}/close", mark_rest="y")
        html = asep.get(meeting.url).text
        assert f"Closed by {meeting.by.name} on 10 November 2026 at midday" in html
        assert "/register/reopen" in html
        assert "<button" not in row(html, meeting.first)
        assert "Did not attend" in row(html, meeting.first)

    @pytest.mark.parametrize("path", ["", "?q=a"])
    def test_asks_the_same_of_the_database_for_3_and_30(
        self, client: GatedClient, app: object, path: str
    ) -> None:
        counts = []
        meetings = [make_meeting_again(people) for people in (3, 30)]
        client.sign_in(meetings[0].asep)
        assign(db.session.get_one(Person, meetings[0].asep.person_id), meetings[1].cluster, "asep")
        db.session.commit()
        for meeting in meetings:
            db.session.expunge_all()
            with count_statements() as sent:
                assert client.get(f"{meeting.url}{path}").status_code == 200
            counts.append(len(sent))
        assert counts[0] == counts[1] <= MOST_STATEMENTS


def make_meeting_again(people: int) -> Meeting:
    """A meeting with every second person marked, and a walk-in."""
    meeting = make_meeting(people, authority=people == 3)
    register = make_register(meeting.session, closed=False)
    for person, booking in list(zip(meeting.people, meeting.bookings, strict=True))[::2]:
        make_mark(register, person, meeting.alder, booking=booking)
    make_mark(register, make_person(), meeting.dovecote, walk_in=True)
    db.session.commit()
    return meeting


class TestRights:
    @pytest.mark.parametrize(
        "role", [ServiceRoleKind.INCLUSION_LEAD, ServiceRoleKind.SUPPORT_OFFICER]
    )
    def test_lead_and_support_officer_may(
        self, client: GatedClient, meeting: Meeting, role: ServiceRoleKind
    ) -> None:
        client.sign_in(make_service_user(role))
        assert client.get(meeting.url).status_code == 200

    def test_a_facilitator_from_a_school_may(self, client: GatedClient, meeting: Meeting) -> None:
        senco = make_school_user(meeting.alder)
        db.session.add(Facilitator(event_id=meeting.event.id, person_id=senco.person_id))
        db.session.commit()
        client.sign_in(senco)
        assert client.get(meeting.url).status_code == 200
        assert client.send(meeting.url, **tap(meeting.first)).status_code == 303

    def test_somebody_who_is_booked_may_not(self, client: GatedClient, meeting: Meeting) -> None:
        client.sign_in(make_school_user(meeting.alder))
        assert client.get(meeting.url).status_code == 403
        assert client.send(meeting.url, **tap(meeting.first)).status_code == 403
        assert kinds() == []

    def test_of_a_draft_does_not_exist_for_a_partner(
        self, client: GatedClient, meeting: Meeting
    ) -> None:
        meeting.event.state = EventState.DRAFT
        db.session.commit()
        client.sign_in(make_partner_user())
        assert client.get(meeting.url).status_code == 404

    def test_of_a_session_that_is_not_does_not_exist(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        assert asep.get(f"/sessions/{meeting.session.id + 999}/register").status_code == 404


class TestMark:
    def test_as_a_plain_form_comes_back_to_the_row(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        answer = asep.send(f"{meeting.url}?q=alder", **tap(meeting.first))
        assert answer.status_code == 303
        assert answer.location == f"{meeting.url}?q=alder#row-{meeting.first.id}"
        html = row(asep.get(meeting.url).text, meeting.first)
        assert 'aria-pressed="true"' in html and ">Here<" in html
        assert 'name="kind" value="not_recorded"' in html
        assert 'name="replaces" value="in_person"' in html

    def test_by_htmx_swaps_the_row_and_the_count(self, asep: GatedClient, meeting: Meeting) -> None:
        answer = asep.send(meeting.url, htmx=True, **tap(meeting.first))
        assert answer.status_code == 200
        assert answer.text.lstrip().startswith(f'<li class="reg" id="row-{meeting.first.id}"')
        assert 'data-hx-swap-oob="true"' in answer.text
        assert "1 of 3 marked" in answer.text
        assert f'data-announce="{meeting.first.name}: Attended in person' in answer.text
        assert "tap-00000001" not in answer.text
        assert "data-focus" not in answer.text

    def test_from_the_menu_brings_the_focus_back_to_the_big_button(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        answer = asep.send(meeting.url, htmx=True, **tap(meeting.first, "", other="apologies"))
        assert kinds() == ["apologies"]
        assert "data-focus" in answer.text
        assert "Apologies</strong>" in answer.text

    @pytest.mark.parametrize("htmx", [False, True])
    def test_sent_twice_answers_as_a_success_both_times(
        self, asep: GatedClient, meeting: Meeting, htmx: bool
    ) -> None:
        statuses = {
            asep.send(meeting.url, htmx=htmx, **tap(meeting.first)).status_code for _ in range(2)
        }
        assert statuses == {200 if htmx else 303}
        assert len(db.session.scalars(sa.select(MarkChange)).all()) == 1

    def test_what_a_colleague_marked_meanwhile_comes_back_with_a_sentence(
        self, asep: GatedClient, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        colleague = asep.application.test_client()
        assert isinstance(colleague, GatedClient)
        colleague.sign_in(meeting.ep)
        at(NOON - timedelta(minutes=5))
        colleague.send(meeting.url, **tap(meeting.first, "apologies"))
        at(NOON)
        said = f"Marked as apologies by {meeting.by_ep.name} at 11:55am. Tap again to change it."
        late = tap(meeting.first, tap_id="tap-00000002")
        by_htmx = asep.send(meeting.url, htmx=True, **late)
        assert by_htmx.status_code == 422
        assert said in by_htmx.text
        assert 'name="replaces" value="apologies"' in by_htmx.text
        plain = asep.send(meeting.url, **late)
        assert plain.status_code == 422
        assert said in row(plain.text, meeting.first)
        assert f'href="#row-{meeting.first.id}"' in plain.text
        assert kinds() == ["apologies"]

    def test_my_own_change_in_another_window_says_so(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        asep.send(meeting.url, **tap(meeting.first, "part"))
        answer = asep.send(meeting.url, htmx=True, **tap(meeting.first, tap_id="tap-00000002"))
        assert "Marked as attended part by you at midday." in answer.text

    @pytest.mark.parametrize("htmx", [False, True])
    def test_on_a_register_closed_meanwhile_is_refused_with_a_sentence(
        self, asep: GatedClient, meeting: Meeting, htmx: bool
    ) -> None:
        make_register(meeting.session, closed=True)
        db.session.commit()
        answer = asep.send(meeting.url, htmx=htmx, **tap(meeting.first))
        assert answer.status_code == 422
        assert "This register is closed. Open it again to change a mark." in answer.text

    @pytest.mark.parametrize("htmx", [False, True])
    def test_of_somebody_who_is_not_on_this_register_is_refused(
        self, asep: GatedClient, meeting: Meeting, htmx: bool
    ) -> None:
        stranger = make_person("Stranger Danger")
        other = make_event(meeting.session.starts_at)
        make_booking(other, stranger, meeting.alder)
        db.session.commit()
        answer = asep.send(meeting.url, htmx=htmx, **tap(stranger))
        assert answer.status_code == 404
        assert "Stranger" not in answer.text
        assert kinds() == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"person_id": "x"},
            {"person_id": "0"},
            {"person_id": "²"},
            {"person_id": "9999999999"},
            {"person_id": ""},
            {"tap_id": ""},
            {"tap_id": "<script>alert(1)</script>"},
            {"tap_id": "a" * 65},
            {"kind": "x" * 41},
            {"kind": "asleep"},
            {"kind": ""},
            {"replaces": "x" * 1_000_000},
        ],
    )
    def test_nonsense_is_refused_and_nothing_changes(
        self, asep: GatedClient, meeting: Meeting, wrong: dict[str, str]
    ) -> None:
        answer = asep.send(meeting.url, **{**tap(meeting.first), **wrong})
        assert answer.status_code in (413, 422)
        assert kinds() == []

    def test_a_name_is_never_markup(self, asep: GatedClient, meeting: Meeting) -> None:
        meeting.first.name = "<img src=x onerror=alert(1)>"
        db.session.commit()
        answer = asep.send(meeting.url, htmx=True, **tap(meeting.first))
        assert "<img" not in answer.text
