"""Adding somebody at the door, closing, reopening and the panels, by request."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person
from cop_site.attendance.models import Mark, Register
from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.events.models import EventKind, Mode, Option, Session
from cop_site.schools.models import SchoolStatus
from tests.conftest import NOON
from tests.factories.events import make_event, make_register
from tests.factories.people import make_school_user
from tests.factories.schools import make_school
from tests.integration.attendance.conftest import Meeting
from tests.support.client import GatedClient

pytestmark = pytest.mark.sqlite_only


@pytest.fixture
def asep(client: GatedClient, meeting: Meeting) -> GatedClient:
    client.sign_in(meeting.asep)
    return client


def door(meeting: Meeting, **more: str) -> dict[str, Any]:
    return {
        "tap_id": "door-00000001",
        "name": "Nora New",
        "school_words": "",
        "school_id": str(meeting.dovecote.id),
        "role": "teacher",
        **more,
    }


def people_marked() -> list[str]:
    return list(db.session.scalars(sa.select(Person.name).join(Mark, Mark.person_id == Person.id)))


class TestWalkIn:
    def test_offers_the_clusters_schools_at_once(self, asep: GatedClient, meeting: Meeting) -> None:
        make_school("Elsewhere High")
        db.session.commit()
        html = asep.get(f"{meeting.url}/walk-in").text
        assert "Alder Lane Primary, Larkton, URN" in html
        assert "Dovecote Primary" in html
        assert "Elsewhere" not in html

    def test_no_role_is_chosen_beforehand(self, asep: GatedClient, meeting: Meeting) -> None:
        html = asep.get(f"{meeting.url}/walk-in").text
        roles = html[html.index('id="role"') : html.index("</select>")]
        assert roles.index("Choose a role") < roles.index("SENCO")
        assert "selected" not in roles

    def test_endless_words_are_refused_in_words(self, asep: GatedClient, meeting: Meeting) -> None:
        fields = door(meeting, school_words="a" * 60_000, school_id="")
        answer = asep.send(f"{meeting.url}/walk-in", **fields)
        assert answer.status_code == 422
        assert "Use 100 characters or fewer" in answer.text

    def test_typing_narrows_the_schools_by_htmx(self, asep: GatedClient, meeting: Meeting) -> None:
        make_school("Elsewhere High", town="Northing")
        make_school("Elsewhere Old", status=SchoolStatus.CLOSED)
        db.session.commit()
        html = asep.fragment(f"{meeting.url}/walk-in?school_words=northing+else").text
        assert html.lstrip().startswith('<div id="school-choices"')
        assert "Elsewhere High" in html
        assert "checked" in html
        assert "Elsewhere Old" not in html
        assert "Dovecote" not in html

    def test_words_that_match_no_school_say_so(self, asep: GatedClient, meeting: Meeting) -> None:
        html = asep.fragment(f"{meeting.url}/walk-in?school_words=100%25_").text
        assert "No open school matches “100%_”" in html

    def test_finding_a_school_by_plain_form_keeps_what_was_typed_and_saves_nothing(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        make_school("Elsewhere High")
        make_school("Elsewhere Low")
        db.session.commit()
        fields = door(meeting, school_words="elsewhere", school_id="", find="1")
        answer = asep.send(f"{meeting.url}/walk-in", **fields)
        assert answer.status_code == 200
        assert "Elsewhere High" in answer.text
        assert 'value="Nora New"' in answer.text
        assert 'value="door-00000001"' in answer.text
        assert people_marked() == []

    def test_adds_the_person_and_shows_them_on_the_register(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        answer = asep.send(f"{meeting.url}/walk-in", **door(meeting, name="  Nora   New "))
        assert (answer.status_code, answer.location) == (303, meeting.url)
        html = asep.get(meeting.url).text
        assert "Nora New is added and marked here." in html
        assert "Teacher, Dovecote Primary" in html
        assert "1 of 4 marked" in html

    def test_the_only_school_found_need_not_be_chosen(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        fields = door(meeting, school_words="dovecote", school_id="")
        assert asep.send(f"{meeting.url}/walk-in", **fields).status_code == 303
        assert people_marked() == ["Nora New"]

    def test_sent_twice_adds_one_person(self, asep: GatedClient, meeting: Meeting) -> None:
        for _ in range(2):
            assert asep.send(f"{meeting.url}/walk-in", **door(meeting)).status_code == 303
        assert people_marked() == ["Nora New"]

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            ({"name": ""}, "Enter the person’s name"),
            ({"name": "   "}, "Enter the person’s name"),
            ({"name": "Win at https://evil.example"}, "without an address or a link"),
            ({"name": "win@evil.example"}, "without an address or a link"),
            ({"name": "x" * 101}, "Use 100 characters or fewer"),
            ({"school_id": ""}, "Choose their school"),
            ({"school_id": "99999999999"}, "Choose from the list"),
            ({"school_id": "", "school_words": "nowhere"}, "Type part of the school’s name"),
            ({"role": "astronaut"}, "Choose from the list"),
            ({"role": ""}, "Choose a role"),
        ],
    )
    def test_what_is_missing_is_said_and_the_rest_kept(
        self, asep: GatedClient, meeting: Meeting, wrong: dict[str, str], sentence: str
    ) -> None:
        answer = asep.send(f"{meeting.url}/walk-in", **door(meeting, **wrong))
        assert answer.status_code == 422
        assert sentence in answer.text
        assert people_marked() == []

    def test_a_school_that_was_not_offered_is_refused(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        closed = make_school("Elsewhere Old", status=SchoolStatus.CLOSED)
        db.session.commit()
        answer = asep.send(f"{meeting.url}/walk-in", **door(meeting, school_id=str(closed.id)))
        assert answer.status_code == 422
        assert people_marked() == []

    def test_a_namesake_is_asked_about_and_then_added(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        name = meeting.people[2].name
        first = asep.send(f"{meeting.url}/walk-in", **door(meeting, name=name))
        assert first.status_code == 422
        assert "already on this register" in first.text
        assert 'name="sure"' in first.text
        second = asep.send(f"{meeting.url}/walk-in", **door(meeting, name=name, sure="y"))
        assert second.status_code == 303
        assert people_marked() == [name]

    def test_is_not_offered_where_nobody_may_be_marked(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        make_register(meeting.session, closed=True)
        db.session.commit()
        assert asep.get(f"{meeting.url}/walk-in").location == meeting.url
        answer = asep.send(f"{meeting.url}/walk-in", **door(meeting))
        assert answer.status_code == 422
        assert "This register is closed" in answer.text
        assert 'value="Nora New"' in answer.text

    def test_others_may_not(self, client: GatedClient, meeting: Meeting) -> None:
        client.sign_in(make_school_user(meeting.alder))
        assert client.get(f"{meeting.url}/walk-in").status_code == 403
        assert client.send(f"{meeting.url}/walk-in", **door(meeting)).status_code == 403


class TestRemoveWalkIn:
    def remove_address(self, asep: GatedClient, meeting: Meeting) -> str:
        asep.send(f"{meeting.url}/walk-in", **door(meeting))
        person_id = db.session.scalars(sa.select(Mark.person_id)).one()
        return f"{meeting.url}/walk-in/{person_id}/remove"

    def test_is_offered_on_the_row_asks_first_and_then_removes(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        address = self.remove_address(asep, meeting)
        html = asep.get(meeting.url).text
        assert html.count('/remove"') == 1
        assert f'href="{address}"' in html
        page = asep.get(address).text
        assert "Remove Nora New?" in page
        assert "Teacher, Dovecote Primary" in page
        answer = asep.send(address)
        assert (answer.status_code, answer.location) == (303, meeting.url)
        html = asep.get(meeting.url).text
        assert "They are removed from the register." in html
        assert "Nora New" not in html
        assert "0 of 3 marked" in html

    def test_of_somebody_who_booked_does_not_exist(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        address = f"{meeting.url}/walk-in/{meeting.first.id}/remove"
        assert asep.get(address).location == meeting.url
        assert asep.send(address).status_code == 404

    def test_on_a_register_closed_meanwhile_is_refused_with_a_sentence(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        address = self.remove_address(asep, meeting)
        asep.send(f"{meeting.url}/close")
        assert '/remove"' not in asep.get(meeting.url).text
        assert asep.get(address).location == meeting.url
        answer = asep.send(address)
        assert answer.status_code == 422
        assert "This register is closed" in answer.text

    def test_others_may_not(self, asep: GatedClient, meeting: Meeting) -> None:
        address = self.remove_address(asep, meeting)
        asep.sign_in(make_school_user(meeting.alder))
        assert asep.get(address).status_code == 403
        assert asep.send(address).status_code == 403


class TestClose:
    def test_says_how_many_are_not_recorded_and_what_closing_means(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        html = asep.get(f"{meeting.url}/close").text
        assert re.sub(r"\s+", " ", html).count("3 people are not recorded.") == 1
        assert 'name="mark_rest"' in html
        assert "checked" not in html

    @pytest.mark.parametrize("htmx", [False, True])
    def test_closes_and_says_so(self, asep: GatedClient, meeting: Meeting, htmx: bool) -> None:
        answer = asep.send(f"{meeting.url}/close", htmx=htmx)
        assert answer.status_code == 303
        assert "The register is closed." in asep.get(meeting.url).text
        assert people_marked() == []

    def test_marks_the_rest_when_ticked(self, asep: GatedClient, meeting: Meeting) -> None:
        asep.send(f"{meeting.url}/close", mark_rest="y")
        assert len(people_marked()) == 3

    def test_twice_is_harmless(self, asep: GatedClient, meeting: Meeting) -> None:
        statuses = [asep.send(f"{meeting.url}/close").status_code for _ in range(2)]
        assert statuses == [303, 303]
        register = db.session.scalars(sa.select(Register)).one()
        verbs = [change.verb for change in list_changes("register", register.id)]
        assert verbs == ["opened", "closed"]

    def test_before_the_start_is_refused_with_a_sentence(
        self, asep: GatedClient, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        at(NOON - timedelta(hours=1))
        asep.sign_in(meeting.asep)
        answer = asep.send(f"{meeting.url}/close")
        assert answer.status_code == 422
        assert "once the session has started" in answer.text

    def test_of_a_closed_one_leads_back(self, asep: GatedClient, meeting: Meeting) -> None:
        make_register(meeting.session, closed=True)
        db.session.commit()
        assert asep.get(f"{meeting.url}/close").location == meeting.url


class TestReopen:
    @pytest.mark.parametrize("htmx", [False, True])
    def test_with_a_reason_opens_it(self, asep: GatedClient, meeting: Meeting, htmx: bool) -> None:
        make_register(meeting.session, closed=True)
        db.session.commit()
        assert asep.get(f"{meeting.url}/reopen").status_code == 200
        answer = asep.send(f"{meeting.url}/reopen", htmx=htmx, reason="Two signed on paper")
        assert answer.status_code == 303
        assert "Mark here" in asep.get(meeting.url).text

    def test_without_a_reason_is_refused(self, asep: GatedClient, meeting: Meeting) -> None:
        register = make_register(meeting.session, closed=True)
        db.session.commit()
        answer = asep.send(f"{meeting.url}/reopen", reason=" ")
        assert answer.status_code == 422
        assert "Say why" in answer.text
        db.session.refresh(register)
        assert register.is_closed

    def test_of_an_open_one_leads_back(self, asep: GatedClient, meeting: Meeting) -> None:
        assert asep.get(f"{meeting.url}/reopen").location == meeting.url


class TestEventPanel:
    def test_links_the_register_for_those_who_may_take_it(
        self, asep: GatedClient, meeting: Meeting
    ) -> None:
        html = asep.get(f"/events/{meeting.event.id}").text
        assert f'href="{meeting.url}">Open the register</a>' in html

    def test_says_when_it_is_not_yet_open(self, asep: GatedClient, meeting: Meeting) -> None:
        ahead = make_event(kind=EventKind.COP_MEETING, cluster_id=meeting.cluster.id)
        db.session.commit()
        assert "Open the register" in asep.get(f"/events/{meeting.event.id}").text
        assert "See who is coming" in asep.get(f"/events/{ahead.id}").text

    def test_links_of_several_times_read_apart(self, asep: GatedClient, meeting: Meeting) -> None:
        ahead = make_event(kind=EventKind.COP_MEETING, cluster_id=meeting.cluster.id)
        for position, hours in ((1, 3), (2, 3)):
            starts_at = ahead.starts_at + timedelta(hours=hours)
            option = Option(event_id=ahead.id, position=position, mode=Mode.ONLINE)
            ends_at = starts_at + timedelta(hours=1)
            option.sessions.append(Session(starts_at=starts_at, ends_at=ends_at))
            db.session.add(option)
        db.session.commit()
        html = asep.get(f"/events/{ahead.id}").text
        names = re.findall(
            r'/register">See who is coming<span class="[^"]+">(.*?)</span></a>', html
        )
        assert names == [
            " on Tuesday 17 November 2026, midday, Time 1",
            " on Tuesday 17 November 2026, 3pm, Time 2",
            " on Tuesday 17 November 2026, 3pm, Time 3",
        ]

    def test_is_absent_for_others(self, client: GatedClient, meeting: Meeting) -> None:
        client.sign_in(make_school_user(meeting.alder))
        assert "/register" not in client.get(f"/events/{meeting.event.id}").text
