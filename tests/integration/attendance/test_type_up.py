"""A sheet typed up: looked over, saved at once, and nobody else's mark lost."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person
from cop_site.attendance.models import Mark, MarkChange, Register
from cop_site.attendance.school_queries import list_named
from cop_site.attendance.services import Tap, mark_person
from cop_site.bookings.models import BookingState
from cop_site.db import db
from cop_site.events.models import EventState
from cop_site.schools.models import School
from tests.factories.events import make_booking, make_mark, make_register
from tests.factories.people import make_person
from tests.factories.schools import make_school
from tests.integration.attendance.conftest import Meeting
from tests.support.client import GatedClient
from tests.support.statements import count_statements

TAP = "sheet-00000001"


def typed(*people: Person, kind: str = "in_person", was: str = "not_recorded") -> dict[str, Any]:
    marks = {f"mark-{person.id}": kind for person in people}
    shown = {f"was-{person.id}": was for person in people}
    return {"tap_id": TAP, **marks, **shown}


def line(number: int = 1, **fields: str) -> dict[str, Any]:
    usual = {"name": "Nora New", "school_words": "Alder Lane Primary", "role": "teacher"}
    return {f"line{number}-{name}": value for name, value in (usual | fields).items()}


def kinds() -> dict[int, str]:
    query = sa.select(Mark.person_id, Mark.kind_key).where(Mark.voided_at.is_(None))
    return {person_id: kind for person_id, kind in db.session.execute(query)}


def count_reads(statements: list[str]) -> int:
    return sum(one.startswith("SELECT") for one in statements)


@pytest.fixture
def url(client: GatedClient, meeting: Meeting) -> str:
    client.sign_in(meeting.asep)
    return f"{meeting.url}/type-up"


class TestTypeUp:
    def test_has_the_rows_in_the_order_and_with_the_numbers_of_the_sheet(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        waiting = make_person("Wanda Waits")
        make_booking(meeting.event, waiting, meeting.alder, state=BookingState.WAITING)
        db.session.commit()
        html = client.get(url).text
        places = [html.index(f'id="row-{person.id}"') for person in (*meeting.people, waiting)]
        assert places == sorted(places)
        assert '<span class="typed__number">4</span> <b>Wanda Waits</b>' in html

    def test_is_looked_over_before_anything_is_saved(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        answer = client.send(url, step="look", **typed(*meeting.people[:2]), **line())
        assert answer.status_code == 200
        assert "Signed: 2" in answer.text and "Added and marked: 1" in answer.text
        assert "Nora New, Alder Lane Primary" in answer.text
        assert (kinds(), db.session.scalars(sa.select(Register)).all()) == ({}, [])

    def test_what_is_looked_over_can_be_changed(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        html = client.send(url, step="change", **typed(meeting.first), **line()).text
        assert f'id="mark-{meeting.first.id}-in_person"' in html
        checked = html[html.index(f'id="mark-{meeting.first.id}-in_person"') :].split(">")[0]
        assert "checked" in checked and 'value="Nora New"' in html

    def test_saves_marks_and_walk_ins_and_leads_to_closing(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        fields = typed(*meeting.people[:2]) | {f"mark-{meeting.people[1].id}": "apologies"}
        answer = client.send(url, step="save", **fields, **line())
        assert answer.status_code == 303 and answer.location.endswith("/close")
        nora = db.session.scalars(sa.select(Person).where(Person.name == "Nora New")).one()
        assert kinds() == {
            meeting.first.id: "in_person",
            meeting.people[1].id: "apologies",
            nora.id: "in_person",
        }
        register = db.session.scalars(sa.select(Register)).one()
        assert not register.is_closed
        assert "2 people marked, 1 added." in client.get(answer.location).text

    def test_sent_twice_is_saved_once(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        for _ in range(2):
            answer = client.send(url, step="save", **typed(*meeting.people), **line())
            assert answer.status_code == 303
        assert len(kinds()) == 4
        assert db.session.scalar(sa.select(sa.func.count()).select_from(MarkChange)) == 4

    def test_another_name_in_a_line_that_was_saved_is_asked_about_and_then_added(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        first = client.send(url, step="save", tap_id=TAP, **line(name="Ann One"))
        assert "1 added" in client.get(first.location).text
        answer = client.send(url, step="save", tap_id=TAP, **line(name="Bob Two"))
        assert answer.status_code == 422
        assert "Ann One was added from here already" in answer.text
        assert "1 added" not in answer.text and 'value="Bob Two"' in answer.text
        (fresh,) = re.findall(r'name="tap_id"[^>]* value="([^"]+)"', answer.text)
        again = client.send(url, step="save", tap_id=fresh, **line(name="Bob Two"))
        assert again.status_code == 303
        names = set(db.session.scalars(sa.select(Person.name)))
        assert {"Ann One", "Bob Two"} <= names and len(kinds()) == 2

    def test_who_is_marked_already_stays_unless_changed(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        register = make_register(meeting.session, closed=False)
        first, second, third = meeting.people
        make_mark(register, first, meeting.alder, kind="online", booking=meeting.bookings[0])
        make_mark(register, second, meeting.alder, kind="online", booking=meeting.bookings[1])
        db.session.commit()
        fields = typed(first, kind="online", was="online")
        fields |= typed(second, kind="apologies", was="online") | typed(third)
        assert client.send(url, step="save", **fields).status_code == 303
        assert kinds() == {first.id: "online", second.id: "apologies", third.id: "in_person"}

    def test_what_somebody_marked_meanwhile_stands_and_is_shown_and_the_rest_is_saved(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        tap = Tap("tap-0001", meeting.first.id, "apologies", "not_recorded")
        mark_person(meeting.session.id, tap, by=meeting.by_ep)
        db.session.commit()
        answer = client.send(url, step="save", **typed(*meeting.people))
        assert answer.status_code == 422
        assert "2 people marked." in answer.text
        said = f"Marked as apologies by {meeting.by_ep.name} at midday. You typed: Signed"
        assert said in answer.text
        assert kinds()[meeting.first.id] == "apologies"
        assert kinds()[meeting.people[2].id] == "in_person"
        again = typed(meeting.first, was="apologies") | {"tap_id": "sheet-00000002"}
        assert client.send(url, step="save", **again).status_code == 303
        assert kinds()[meeting.first.id] == "in_person"

    def test_who_came_though_they_cancelled_late_is_marked(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        meeting.bookings[0].state = BookingState.CANCELLED
        meeting.bookings[0].cancelled_late = True
        db.session.commit()
        assert "Gave up their place" in client.get(url).text
        assert client.send(url, step="save", **typed(*meeting.people)).status_code == 303
        assert len(kinds()) == 3

    @pytest.mark.sqlite_only
    @pytest.mark.parametrize(
        ("fields", "said"),
        [
            ({"name": ""}, "Enter the person’s name"),
            ({"school_words": ""}, "Enter their school"),
            ({"school_words": "Nowhere at all"}, "No open school matches"),
            ({"school_words": "Primary"}, "Several schools match. Choose one"),
            ({"name": "http://evil.example"}, "Enter a name, without an address or a link"),
            ({"role": "emperor"}, "Choose from the list"),
            ({"role": ""}, "Choose a role"),
        ],
    )
    def test_a_wrong_line_is_said_at_its_field_and_all_typed_stays(
        self, client: GatedClient, meeting: Meeting, url: str, fields: dict[str, str], said: str
    ) -> None:
        answer = client.send(url, step="look", **typed(meeting.first), **line(2, **fields))
        assert answer.status_code == 422
        assert said in answer.text
        place = answer.text.index(f'id="mark-{meeting.first.id}-in_person"')
        assert "checked" in answer.text[place:].split(">")[0]
        assert kinds() == {}

    def test_a_school_is_read_from_the_list_beside_the_box(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        twin = make_school("Alder Lane Primary", town="Elsewhere")
        db.session.commit()
        html = client.get(url).text
        assert f'<option value="{meeting.alder.label}">' in html
        answer = client.send(url, step="look", tap_id=TAP, **line(school_words=twin.label))
        assert f"Nora New, {twin.label}" in answer.text

    def test_a_whole_name_is_that_school_however_many_have_its_words(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        for letter in "ABCDEFGHIJKLM":
            make_school(f"All Saints {letter} with St Mary School")
        exact = make_school("St Mary School")
        db.session.commit()
        answer = client.send(url, step="look", tap_id=TAP, **line(school_words=exact.name))
        assert f"Nora New, {exact.label}" in answer.text
        twin = make_school("St Mary School", town="Elsewhere")
        db.session.commit()
        answer = client.send(url, step="look", tap_id=TAP, **line(school_words=exact.name))
        assert "Several schools match. Choose one" in answer.text
        both = list_named(exact.name)
        assert {school.id for school in both} == {exact.id, twin.id}

    def test_words_of_very_many_schools_load_few_of_them(self, meeting: Meeting) -> None:
        for number in range(40):
            make_school(f"Common Words {number}")
        db.session.commit()
        db.session.expunge_all()
        loaded: list[School] = []

        def note(school: School, _context: Any) -> None:
            loaded.append(school)

        sa.event.listen(School, "load", note)
        try:
            assert len(list_named("common words")) == 12
        finally:
            sa.event.remove(School, "load", note)
        assert len(loaded) == 12

    @pytest.mark.parametrize("name", ["{0.name}", "{0.label}"])
    def test_a_whole_name_may_be_a_label_in_any_letters(self, meeting: Meeting, name: str) -> None:
        hub = make_school("The Hub (North), Élan", urn=None, local_code="LC7", town="Larkton")
        bare = make_school("The Hub", urn=None, local_code="LC8", town="")
        for one in (hub, bare):
            for text in (name.format(one), name.format(one).replace("The", "tHE")):
                assert [school.id for school in list_named(text)] == [one.id]

    def test_a_namesake_is_asked_about_and_the_rest_is_saved(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        same = line(3, name=meeting.first.name)
        answer = client.send(url, step="save", **typed(meeting.people[1]), **same)
        assert answer.status_code == 422
        assert "is already on this register" in answer.text
        assert kinds() == {meeting.people[1].id: "in_person"}
        sure = {"tap_id": "sheet-00000002", **same, "line3-sure": "y"}
        assert client.send(url, step="save", **sure).status_code == 303
        assert len(kinds()) == 2

    @pytest.mark.sqlite_only
    def test_nothing_typed_is_said(self, client: GatedClient, meeting: Meeting, url: str) -> None:
        fields = typed(meeting.first, kind="not_recorded")
        answer = client.send(url, step="look", **fields)
        assert answer.status_code == 422 and "Nothing is typed yet" in answer.text

    @pytest.mark.sqlite_only
    def test_invented_people_and_marks_change_nothing(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        stranger = make_person("Sid Stranger")
        db.session.commit()
        fields = typed(stranger) | typed(meeting.first, kind="emperor")
        assert client.send(url, step="save", **fields).status_code == 422
        assert kinds() == {}

    @pytest.mark.sqlite_only
    def test_a_closed_register_and_a_cancelled_event_refuse_and_lead_back(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        make_register(meeting.session, closed=True)
        db.session.commit()
        answer = client.send(url, step="save", **typed(meeting.first), **line())
        assert answer.status_code == 422
        assert "This register is closed" in answer.text and 'value="Nora New"' in answer.text
        assert client.get(url).status_code == 303
        meeting.event.state = EventState.CANCELLED
        db.session.commit()
        answer = client.send(url, step="save", **typed(meeting.first))
        assert answer.status_code == 422 and "was cancelled" in answer.text

    @pytest.mark.sqlite_only
    def test_what_was_typed_is_there_after_signing_in_again(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        fields = {**typed(meeting.first), **line(), "step": "save", "csrf_token": client.token()}
        with client.session_transaction() as cookie:
            cookie.pop("_user_id")
        assert client.post(url, data=fields).status_code == 303
        with client.session_transaction() as cookie:
            kept = cookie["parked"]
        client.sign_in(meeting.asep)
        with client.session_transaction() as cookie:
            cookie["parked"] = kept
        html = client.get(url).text
        place = html.index(f'id="mark-{meeting.first.id}-in_person"')
        assert "checked" in html[place:].split(">")[0] and 'value="Nora New"' in html
        assert kinds() == {}

    @pytest.mark.sqlite_only
    def test_takes_as_many_statements_for_three_people_as_for_thirty(
        self, client: GatedClient, meeting: Meeting, url: str
    ) -> None:
        client.get(url)
        client.send(url, step="save", **typed(meeting.people[2]))
        with count_statements() as few:
            client.get(url)
        with count_statements() as few_saved:
            client.send(url, step="save", **typed(meeting.first) | {"tap_id": "sheet-00000009"})
        more = [make_person(f"More {number}") for number in range(27)]
        for person in more:
            make_booking(meeting.event, person, meeting.dovecote)
        db.session.commit()
        with count_statements() as many:
            client.get(url)
        with count_statements() as many_saved:
            client.send(url, step="save", **typed(*more))
        assert len(many) == len(few)
        assert count_reads(many_saved) == count_reads(few_saved)
