"""Those on a meeting's list whom the site knows by address, and who had no place."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.models import Mark, MarkChange, MarkSchool
from cop_site.attendance.services import WalkIn, add_walk_in, remove_walk_in
from cop_site.db import db
from cop_site.events.models import Facilitator
from cop_site.schools.models import SchoolStatus
from tests.conftest import NOON
from tests.factories.events import make_booking
from tests.factories.people import (
    give_school_role,
    give_service_role,
    make_partner_user,
    make_person,
    make_user,
)
from tests.integration.attendance.conftest import Meeting
from tests.integration.attendance.test_meeting_list import kinds, look, save, shown
from tests.support.client import GatedClient

LIST = (
    b"Name,Email,Duration\n"
    b"Kit at home,Kit@Dovecote.example,120\n"
    b"Sid Stranger,sid@elsewhere.example,120\n"
)
OFFER = "Add at the door: Kit Known, Teacher, Dovecote Primary"
AS_NAMED = b"Name,Email\nKit Known,kit@dovecote.example\n"


@pytest.fixture
def url(client: GatedClient, meeting: Meeting) -> str:
    client.sign_in(meeting.asep)
    return f"{meeting.url}/meeting-list"


@pytest.fixture
def kit(meeting: Meeting) -> Person:
    person = make_person("Kit Known", email="kit@dovecote.example")
    give_school_role(person, meeting.dovecote, SchoolRoleKind.TEACHER)
    db.session.commit()
    return person


def offers(page: str) -> int:
    return page.count("Add at the door: ")


class TestOffer:
    def test_is_chosen_and_marked_as_a_walk_in_is(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        page = look(client, url, LIST).text
        assert f"selected>{OFFER}</option>" in page and offers(page) == 1
        assert "Known by this email address, without a place" in page
        for _ in range(2):
            assert save(client, url, shown(page)).status_code == 303
        mark = db.session.scalars(sa.select(Mark)).one()
        assert (mark.person_id, mark.kind_key, mark.is_walk_in) == (kit.id, "online", True)
        school = db.session.scalars(sa.select(MarkSchool)).one()
        assert (school.school_id, school.role) == (meeting.dovecote.id, SchoolRoleKind.TEACHER)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(MarkChange)) == 1
        assert db.session.scalar(sa.select(Person.id).where(Person.name == "Sid Stranger")) is None
        html = client.get(meeting.url).text
        assert "Added at the door" in html and "Say who this is" not in html
        remove_walk_in(meeting.session.id, kit.id, by=meeting.by)
        assert save(client, url, shown(page)).status_code == 422
        assert kinds() == {}

    def test_is_chosen_only_for_the_line_that_may_be_theirs(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        page = look(client, url, AS_NAMED + b"Zed Other,kit@dovecote.example,\n").text
        assert "<b>Zed Other</b>" in page and page.count(f"selected>{OFFER}</option>") == 1
        assert save(client, url, shown(page)).status_code == 303
        assert kinds() == {kit.id: "online"}

    def test_by_the_address_of_the_account(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        make_user(kit).email = "kit@home.example"
        db.session.commit()
        rows = b"Name,Email\nK,kit@home.example\nKit,kit@dovecote.example\n"
        page = look(client, url, rows).text
        assert offers(page) == 1
        assert save(client, url, shown(page)).status_code == 303
        assert kinds() == {kit.id: "online"}

    @pytest.mark.sqlite_only
    def test_of_several_schools_is_asked(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        role = give_school_role(kit, meeting.alder, SchoolRoleKind.SENCO)
        db.session.commit()
        page = look(client, url, LIST).text
        assert offers(page) == 2 and " selected>" not in page
        answer = save(client, url, shown(page))
        assert "Nobody is to be marked. Choose a mark for each person" in answer.text
        assert save(client, url, shown(page) | {"who-0": f"add:{role.id}"}).status_code == 303
        assert kinds() == {kit.id: "online"}
        assert db.session.scalars(sa.select(MarkSchool.school_id)).one() == meeting.alder.id

    def test_of_a_school_that_was_closed_is_nobody(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        page = look(client, url, LIST).text
        meeting.dovecote.status = SchoolStatus.CLOSED
        meeting.dovecote.closed_on = NOON.date()
        db.session.commit()
        assert offers(look(client, url, LIST).text) == 0
        answer = save(client, url, shown(page))
        assert answer.status_code == 422 and "can’t be added any more" in answer.text
        meeting.dovecote.closed_on = NOON.date() + timedelta(days=1)
        db.session.commit()
        assert offers(look(client, url, LIST).text) == 1

    @pytest.mark.sqlite_only
    def test_who_had_left_by_then_is_nobody(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        gone = make_person("Gone Greta", email="kit@dovecote.example")
        yesterday = NOON.date() - timedelta(days=1)
        role = give_school_role(gone, meeting.dovecote, ends_on=yesterday)
        db.session.commit()
        page = look(client, url, LIST).text
        assert offers(page) == 0
        answer = save(client, url, shown(page) | {"who-0": f"add:{role.id}", "mark-0": "online"})
        assert answer.status_code == 422 and "can’t be added any more" in answer.text
        assert kinds() == {}

    @pytest.mark.sqlite_only
    def test_an_address_in_place_of_a_name_offers_nobody(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        assert offers(look(client, url, b"Name\nkit@dovecote.example\n").text) == 0

    @pytest.mark.sqlite_only
    def test_beside_a_namesake_with_a_place_nobody_is_certain(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        meeting.first.name = "Kit Known"
        db.session.commit()
        page = look(client, url, AS_NAMED).text
        assert "May be somebody here" in page and OFFER in page and " selected>" not in page

    @pytest.mark.sqlite_only
    def test_is_not_made_to_a_partner(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        partner = make_partner_user()
        db.session.add(Facilitator(event_id=meeting.event.id, person_id=partner.person_id))
        db.session.commit()
        client.sign_in(partner)
        page = look(client, url, LIST).text
        assert offers(page) == 0 and "Kit Known" not in page


@pytest.mark.sqlite_only
class TestStaff:
    def test_of_the_service_is_said_and_left_out(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        page = look(client, url, f"Name,Email\nEve,{meeting.ep.email}\n".encode()).text
        assert "Of the service, left out" in page and offers(page) == 0

    def test_with_a_role_at_a_school_is_offered_and_not_chosen(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        give_service_role(kit, ServiceRoleKind.EP)
        db.session.commit()
        page = look(client, url, LIST).text
        assert OFFER in page and " selected>" not in page and "Of the service, left out" in page

    def test_who_runs_it_is_not_chosen(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        db.session.add(Facilitator(event_id=meeting.event.id, person_id=kit.id))
        db.session.commit()
        page = look(client, url, LIST).text
        assert "Runs the event, left out" in page and " selected>" not in page


class TestMeanwhile:
    def test_who_booked_meanwhile_is_marked_there(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        fields = shown(look(client, url, LIST).text)
        make_booking(meeting.event, kit, meeting.dovecote)
        db.session.commit()
        assert save(client, url, fields).status_code == 303
        mark = db.session.scalars(sa.select(Mark)).one()
        assert (mark.person_id, mark.is_walk_in) == (kit.id, False)

    @pytest.mark.sqlite_only
    def test_a_walk_in_of_the_same_name_is_offered_beside_them(
        self, client: GatedClient, meeting: Meeting, url: str, kit: Person
    ) -> None:
        at_door = WalkIn("door-0001", "Kit Known", meeting.dovecote.id, SchoolRoleKind.TEACHER)
        add_walk_in(meeting.session.id, at_door, by=meeting.by)
        db.session.commit()
        page = look(client, url, AS_NAMED).text
        assert "May be somebody here" in page and OFFER in page and " selected>" not in page
