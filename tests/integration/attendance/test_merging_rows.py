"""Somebody at the door who has a row of their own on the same register."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind
from cop_site.attendance.merge_services import merge_walk_in, undo_merge
from cop_site.attendance.models import Mark, MarkSchool, Register
from cop_site.attendance.queries import get_closing, get_held_session, get_sheet
from cop_site.attendance.services import (
    WalkIn,
    add_walk_in,
    close_register,
    mark_person,
    reopen_register,
)
from cop_site.bookings.models import BookingSchool, BookingState
from cop_site.clock import now
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.people.erasure_services import erase_person
from tests.factories.acting import acting
from tests.factories.events import make_mark, make_register
from tests.factories.people import give_school_role, make_person, make_service_user
from tests.integration.attendance.conftest import Meeting
from tests.integration.attendance.marking import tap
from tests.support.client import GatedClient


@pytest.fixture
def nora(meeting: Meeting) -> Person:
    """At the door of the meeting, which is still open, as of Dovecote."""
    person = make_person("Nora New", email=None)
    register = make_register(meeting.session, closed=False)
    make_mark(register, person, meeting.dovecote, walk_in=True)
    db.session.commit()
    return person


@pytest.fixture
def booked(meeting: Meeting) -> Person:
    """A teacher of Dovecote, with a place."""
    give_school_role(meeting.people[2], meeting.dovecote, SchoolRoleKind.TEACHER)
    db.session.commit()
    return meeting.people[2]


def standing() -> dict[int, str]:
    query = sa.select(Mark.person_id, Mark.kind_key).where(Mark.voided_at.is_(None))
    return {person_id: kind for person_id, kind in db.session.execute(query)}


def close() -> Register:
    register = db.session.scalars(sa.select(Register)).one()
    register.closed_at = now()
    db.session.commit()
    return register


class TestUnmarked:
    def test_takes_the_mark_and_the_one_at_the_door_goes(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        for _ in range(2):
            assert merge_walk_in(meeting.session.id, nora.id, booked.id, by=meeting.by) == booked.id
        assert standing() == {booked.id: "in_person"}
        assert nora.merged_into_id == booked.id
        close()
        (came,) = get_closing(meeting.session, None).attended
        assert came.person_id == booked.id
        assert [school_id for school_id, _role in came.schools] == [meeting.dovecote.id]

    def test_counts_for_the_school_they_came_for_too(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        named = db.session.scalars(
            sa.select(BookingSchool).where(BookingSchool.booking_id == meeting.bookings[2].id)
        ).one()
        named.school_id = meeting.alder.id
        db.session.flush()
        merge_walk_in(meeting.session.id, nora.id, booked.id, by=meeting.by)
        schools = sa.select(MarkSchool.school_id).join(Mark).where(Mark.voided_at.is_(None))
        both = {meeting.alder.id, meeting.dovecote.id}
        assert set(db.session.scalars(schools)) == both
        close_register(meeting.session.id, mark_rest=False, by=meeting.by)
        assert set(db.session.scalars(schools)) == both

    def test_is_taken_back_with_its_school(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        at = meeting.session.id
        named = db.session.scalars(
            sa.select(BookingSchool).where(BookingSchool.booking_id == meeting.bookings[2].id)
        ).one()
        named.school_id = meeting.alder.id
        db.session.flush()
        merge_walk_in(at, nora.id, booked.id, by=meeting.by)
        for _ in range(2):
            undo_merge(at, nora.id, by=meeting.by)
        assert standing() == {nora.id: "in_person", booked.id: "not_recorded"}
        assert nora.merged_into_id is None
        schools = sa.select(Mark.person_id, MarkSchool.school_id).join(MarkSchool)
        assert {(one, other) for one, other in db.session.execute(schools)} == {
            (nora.id, meeting.dovecote.id),
            (booked.id, meeting.alder.id),
        }
        merge_walk_in(at, nora.id, booked.id, by=meeting.by)
        assert standing() == {booked.id: "in_person"}

    def test_taken_back_leaves_what_was_said_since(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        at = meeting.session.id
        merge_walk_in(at, nora.id, booked.id, by=meeting.by)
        mark_person(at, tap(booked, "apologies", "in_person"), by=meeting.by)
        undo_merge(at, nora.id, by=meeting.by)
        assert standing() == {nora.id: "in_person", booked.id: "apologies"}

    def test_is_not_taken_back_on_a_closed_register(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        merge_walk_in(meeting.session.id, nora.id, booked.id, by=meeting.by)
        close()
        with pytest.raises(DomainError, match="register is closed"):
            undo_merge(meeting.session.id, nora.id, by=meeting.by)
        assert standing() == {booked.id: "in_person"}

    def test_what_closing_made_of_their_row_gives_way_once_open_again(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        at = meeting.session.id
        close_register(at, mark_rest=True, by=meeting.by)
        assert standing()[booked.id] == "did_not_attend"
        reopen_register(at, reason="It was Nora", by=meeting.by)
        merge_walk_in(at, nora.id, booked.id, by=meeting.by)
        assert standing()[booked.id] == "in_person" and nora.id not in standing()

    def test_a_wrong_choice_before_is_put_right(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        other = make_person("Nora Newton")
        give_school_role(other, meeting.dovecote, SchoolRoleKind.TEACHER)
        for chosen in (other, booked):
            merge_walk_in(meeting.session.id, nora.id, chosen.id, by=meeting.by)
        assert nora.merged_into_id == booked.id
        assert standing() == {booked.id: "in_person"}

    def test_the_name_at_the_door_is_erased_with_theirs(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        merge_walk_in(meeting.session.id, nora.id, booked.id, by=meeting.by)
        admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
        erase_person(booked.id, by=acting(admin), reason="asked")
        db.session.refresh(nora)
        assert nora.name == "Removed person" and nora.erased_at is not None
        sheet = get_sheet(get_held_session(meeting.session.id, sa.true()))
        row = sheet.find_row(booked.id)
        assert row is not None and row.door is None

    def test_who_gave_up_their_place_late_has_a_row_too(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        booking = meeting.bookings[2]
        booking.state, booking.cancelled_late = BookingState.CANCELLED, True
        booking.cancelled_at = now()
        db.session.flush()
        assert merge_walk_in(meeting.session.id, nora.id, booked.id, by=meeting.by) == booked.id
        assert standing() == {booked.id: "in_person"}

    def test_the_form_of_the_door_sent_again_leads_to_their_row(
        self, meeting: Meeting, booked: Person
    ) -> None:
        form = WalkIn("tap-0001", "Nora New", meeting.dovecote.id, SchoolRoleKind.TEACHER)
        added = add_walk_in(meeting.session.id, form, by=meeting.by)
        merge_walk_in(meeting.session.id, added, booked.id, by=meeting.by)
        assert add_walk_in(meeting.session.id, form, by=meeting.by) == booked.id
        assert standing() == {booked.id: "in_person"}

    def test_is_taken_back_by_marking_again(
        self, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        merge_walk_in(meeting.session.id, nora.id, booked.id, by=meeting.by)
        back = tap(booked, "not_recorded", "in_person")
        mark_person(meeting.session.id, back, by=meeting.by)
        assert standing() == {booked.id: "not_recorded"}

    @pytest.mark.sqlite_only
    def test_is_offered_and_done_by_request(
        self, client: GatedClient, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        client.sign_in(meeting.asep)
        path = f"{meeting.url}/walk-in/{nora.id}/same-person"
        assert f"{booked.name}, Teacher, on this register and not marked" in client.get(path).text
        answer = client.send(path, into=str(booked.id))
        assert answer.location == f"{meeting.url}#row-{booked.id}"
        html = client.get(meeting.url).text
        assert "The mark stands in their own row now." in html
        assert "Came in at the door as Nora New" in html and f"row-{nora.id}" not in html
        assert client.send(path, into=str(booked.id)).status_code == 303
        back = client.send(f"{meeting.url}/walk-in/{nora.id}/stand-alone")
        assert back.status_code == 303
        html = client.get(meeting.url).text
        assert "Came in at the door as" not in html and f"row-{nora.id}" in html


class TestMarked:
    @pytest.mark.parametrize("kind", ["apologies", "in_person"])
    def test_is_not_overwritten(
        self, meeting: Meeting, nora: Person, booked: Person, kind: str
    ) -> None:
        mark_person(meeting.session.id, tap(booked, kind), by=meeting.by)
        with pytest.raises(DomainError, match="is marked in a row of their own"):
            merge_walk_in(meeting.session.id, nora.id, booked.id, by=meeting.by)
        assert standing() == {nora.id: "in_person", booked.id: kind}

    @pytest.mark.sqlite_only
    def test_is_not_offered_and_the_page_says_what_to_do(
        self, client: GatedClient, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        mark_person(meeting.session.id, tap(booked, "apologies"), by=meeting.by)
        db.session.commit()
        client.sign_in(meeting.asep)
        path = f"{meeting.url}/walk-in/{nora.id}/same-person"
        html = client.get(path).text
        assert f"Not to choose from: {booked.name}." in html
        assert "check that mark, then remove Nora New" in html
        assert "knows nobody" not in html
        assert client.send(path, into=str(booked.id)).status_code == 422


class TestClosed:
    def test_register_stays_as_it_is(self, meeting: Meeting, nora: Person, booked: Person) -> None:
        close()
        with pytest.raises(DomainError, match="register is closed"):
            merge_walk_in(meeting.session.id, nora.id, booked.id, by=meeting.by)
        assert standing() == {nora.id: "in_person"}

    @pytest.mark.sqlite_only
    def test_is_not_offered_and_the_page_says_what_to_do(
        self, client: GatedClient, meeting: Meeting, nora: Person, booked: Person
    ) -> None:
        close()
        client.sign_in(meeting.asep)
        html = client.get(f"{meeting.url}/walk-in/{nora.id}/same-person").text
        assert f"Not to choose from: {booked.name}." in html
        assert "open it again first" in html
