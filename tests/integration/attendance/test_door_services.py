"""People who come without a booking: added, and taken off again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.attendance.models import MarkSchool
from cop_site.attendance.services import (
    Tap,
    UsedTapError,
    WalkIn,
    add_walk_in,
    close_register,
    mark_person,
    remove_walk_in,
)
from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Mode
from cop_site.schools.models import SchoolStatus
from tests.conftest import NOON
from tests.factories.events import (
    make_event,
    make_register,
    option_of,
    session_of,
)
from tests.integration.attendance.conftest import Meeting
from tests.integration.attendance.marking import changes, tap, the_mark


def walk_in(
    meeting: Meeting, name: str = "Newcomer", tap_id: str = "door-0001", **more: bool
) -> WalkIn:
    return WalkIn(tap_id, name, meeting.dovecote.id, SchoolRoleKind.TEACHER, **more)


class TestAddWalkIn:
    def test_makes_a_person_without_email_marked_here_for_the_school(
        self, meeting: Meeting
    ) -> None:
        person_id = add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        person = db.session.get_one(Person, person_id)
        assert (person.name, person.email) == ("Newcomer", None)
        mark = the_mark()
        assert (mark.person_id, mark.is_walk_in, mark.booking_id) == (person_id, True, None)
        assert (mark.kind_key, changes()) == ("in_person", [("not_recorded", "in_person")])
        named = db.session.scalars(sa.select(MarkSchool)).one()
        assert (named.school_id, named.role) == (meeting.dovecote.id, SchoolRoleKind.TEACHER)

    def test_at_an_online_session_is_marked_online(self, meeting: Meeting) -> None:
        option_of(meeting.event).mode = Mode.ONLINE
        db.session.flush()
        add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        assert the_mark().kind_key == "online"

    def test_sent_twice_adds_one(self, meeting: Meeting) -> None:
        ids = {add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by) for _ in range(2)}
        assert ids == {the_mark().person_id}

    @pytest.mark.parametrize("what", ["name", "school_id", "role", "session"])
    def test_sent_again_with_somebody_else_is_refused(self, meeting: Meeting, what: str) -> None:
        first = walk_in(meeting)
        add_walk_in(meeting.session.id, first, by=meeting.by)
        session_id = meeting.session.id
        if what == "session":
            session_id = session_of(make_event(NOON - timedelta(minutes=10))).id
        others = {
            "name": replace(first, name="Bob"),
            "school_id": replace(first, school_id=meeting.alder.id),
            "role": replace(first, role=SchoolRoleKind.SENCO),
        }
        second = others.get(what, first)
        with pytest.raises(UsedTapError):
            add_walk_in(session_id, second, by=meeting.by_ep)
        assert the_mark().is_walk_in

    def test_a_closed_school_is_refused(self, meeting: Meeting) -> None:
        meeting.dovecote.status = SchoolStatus.CLOSED
        db.session.flush()
        with pytest.raises(DomainError, match="Choose a school"):
            add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)

    def test_somebody_listed_of_that_name_and_school_is_asked_about(self, meeting: Meeting) -> None:
        namesake = walk_in(meeting, meeting.people[2].name.upper())
        with pytest.raises(DomainError, match="already on this register") as caught:
            add_walk_in(meeting.session.id, namesake, by=meeting.by)
        assert caught.value.field == "sure"

    def test_a_walk_in_of_that_name_and_school_is_asked_about(self, meeting: Meeting) -> None:
        add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        with pytest.raises(DomainError, match="already on this register"):
            add_walk_in(meeting.session.id, walk_in(meeting, tap_id="door-0002"), by=meeting.by)

    def test_a_namesake_is_added_when_the_person_is_sure(self, meeting: Meeting) -> None:
        namesake = walk_in(meeting, meeting.people[2].name, sure=True)
        assert add_walk_in(meeting.session.id, namesake, by=meeting.by) != meeting.people[2].id

    def test_the_same_name_at_another_school_is_somebody_else(self, meeting: Meeting) -> None:
        add_walk_in(meeting.session.id, walk_in(meeting, meeting.first.name), by=meeting.by)
        assert the_mark().is_walk_in

    def test_a_closed_register_refuses(self, meeting: Meeting) -> None:
        make_register(meeting.session, closed=True)
        with pytest.raises(DomainError, match="is closed"):
            add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)


class TestRemoveWalkIn:
    def test_voids_the_mark_and_keeps_person_and_history(self, meeting: Meeting) -> None:
        person_id = add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        remove_walk_in(meeting.session.id, person_id, by=meeting.by_ep)
        mark = the_mark()
        assert (mark.voided_at, mark.void_reason) == (NOON, "added by mistake")
        assert (mark.kind_key, changes()) == ("in_person", [("not_recorded", "in_person")])
        assert db.session.get_one(Person, person_id).name == "Newcomer"
        (change,) = list_changes("mark", mark.id)
        assert (change.verb, change.by_user_id) == ("voided", meeting.ep.id)
        assert (change.was, change.reason) == ({"kind": "in_person"}, "added by mistake")

    def test_twice_is_one_removal(self, meeting: Meeting, at: Callable[[datetime], None]) -> None:
        person_id = add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        remove_walk_in(meeting.session.id, person_id, by=meeting.by)
        at(NOON + timedelta(minutes=1))
        remove_walk_in(meeting.session.id, person_id, by=meeting.by)
        assert the_mark().voided_at == NOON
        assert len(list_changes("mark", the_mark().id)) == 1

    def test_the_same_name_and_school_may_then_be_added_anew(self, meeting: Meeting) -> None:
        person_id = add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        remove_walk_in(meeting.session.id, person_id, by=meeting.by)
        again = walk_in(meeting, tap_id="door-0002")
        assert add_walk_in(meeting.session.id, again, by=meeting.by) != person_id

    def test_the_old_form_sent_again_adds_nobody(self, meeting: Meeting) -> None:
        person_id = add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        remove_walk_in(meeting.session.id, person_id, by=meeting.by)
        with pytest.raises(DomainError, match="You removed this person"):
            add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)

    def test_a_tap_on_the_removed_row_does_not_exist(self, meeting: Meeting) -> None:
        person_id = add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        remove_walk_in(meeting.session.id, person_id, by=meeting.by)
        late = Tap("tap-0009", person_id, "part", "in_person")
        with pytest.raises(NotFoundError):
            mark_person(meeting.session.id, late, by=meeting.by)

    def test_somebody_who_booked_is_not_removed(self, meeting: Meeting) -> None:
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        with pytest.raises(NotFoundError):
            remove_walk_in(meeting.session.id, meeting.first.id, by=meeting.by)
        assert the_mark().voided_at is None

    def test_a_closed_register_refuses(self, meeting: Meeting) -> None:
        person_id = add_walk_in(meeting.session.id, walk_in(meeting), by=meeting.by)
        close_register(meeting.session.id, mark_rest=False, by=meeting.by)
        with pytest.raises(DomainError, match="is closed"):
            remove_walk_in(meeting.session.id, person_id, by=meeting.by)
        assert the_mark().voided_at is None
