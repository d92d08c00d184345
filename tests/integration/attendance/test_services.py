"""The rules of a register, by service."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import SchoolRoleKind
from cop_site.attendance.models import Mark, MarkChange, MarkSchool, Register
from cop_site.attendance.services import (
    MarkedMeanwhileError,
    close_register,
    mark_person,
    reopen_register,
)
from cop_site.audit import list_changes
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, StaleEditError
from cop_site.events.models import EventState
from tests.conftest import NOON
from tests.factories.events import (
    make_booking,
    make_event,
    make_mark,
    make_register,
)
from tests.factories.people import make_person
from tests.integration.attendance.conftest import Meeting
from tests.integration.attendance.marking import changes, tap, the_mark


def the_register() -> Register:
    return db.session.scalars(sa.select(Register)).one()


class TestMarkPerson:
    def test_first_tap_opens_the_register_and_marks(self, meeting: Meeting) -> None:
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        register = the_register()
        assert (register.opened_at, register.opened_by_user_id) == (NOON, meeting.asep.id)
        assert [change.verb for change in list_changes("register", register.id)] == ["opened"]
        mark = the_mark()
        assert (mark.kind_key, mark.marked_at, mark.is_walk_in) == ("in_person", NOON, False)
        assert mark.booking_id == meeting.bookings[0].id
        assert changes() == [("not_recorded", "in_person")]
        assert db.session.scalars(sa.select(MarkChange)).one().by_user_id == meeting.asep.id

    def test_copies_schools_and_roles_of_the_booking_at_that_time(self, meeting: Meeting) -> None:
        person = make_person()
        make_booking(
            meeting.event, person, meeting.alder, meeting.dovecote, role=SchoolRoleKind.OFFICE
        )
        mark_person(meeting.session.id, tap(person), by=meeting.by)
        rows = db.session.execute(sa.select(MarkSchool.school_id, MarkSchool.role)).all()
        assert {tuple(row) for row in rows} == {
            (meeting.alder.id, SchoolRoleKind.OFFICE),
            (meeting.dovecote.id, SchoolRoleKind.OFFICE),
        }

    def test_a_second_tap_takes_it_back(self, meeting: Meeting) -> None:
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        back = tap(meeting.first, "not_recorded", "in_person", "tap-0002")
        mark_person(meeting.session.id, back, by=meeting.by)
        assert the_mark().kind_key == "not_recorded"
        assert changes() == [("not_recorded", "in_person"), ("in_person", "not_recorded")]

    def test_the_same_tap_twice_is_one_change(self, meeting: Meeting) -> None:
        for _ in range(2):
            mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        assert changes() == [("not_recorded", "in_person")]

    def test_a_tap_repeated_after_it_was_taken_back_changes_nothing(self, meeting: Meeting) -> None:
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        back = tap(meeting.first, "not_recorded", "in_person", "tap-0002")
        mark_person(meeting.session.id, back, by=meeting.by)
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        assert the_mark().kind_key == "not_recorded"
        assert len(changes()) == 2

    def test_one_tap_id_for_two_wishes_is_not_taken_for_a_repeat(self, meeting: Meeting) -> None:
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        with pytest.raises(MarkedMeanwhileError):
            mark_person(meeting.session.id, tap(meeting.first, "apologies"), by=meeting.by)

    def test_what_somebody_else_marked_meanwhile_is_not_overwritten(self, meeting: Meeting) -> None:
        mark_person(meeting.session.id, tap(meeting.first, "apologies"), by=meeting.by_ep)
        late = tap(meeting.first, tap_id="tap-0002")
        with pytest.raises(MarkedMeanwhileError) as caught:
            mark_person(meeting.session.id, late, by=meeting.by)
        assert the_mark().kind_key == "apologies"
        assert caught.value.kind.name == "Apologies"
        assert (caught.value.by_user_id, caught.value.at) == (meeting.ep.id, NOON)
        assert caught.value.by == meeting.by_ep.name

    def test_two_who_mark_the_same_both_succeed_with_one_change(self, meeting: Meeting) -> None:
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by_ep)
        mark_person(meeting.session.id, tap(meeting.first, tap_id="tap-0002"), by=meeting.by)
        assert changes() == [("not_recorded", "in_person")]

    def test_a_row_that_never_was_as_shown_is_refused(self, meeting: Meeting) -> None:
        odd = tap(meeting.first, "apologies", replaces="in_person")
        with pytest.raises(StaleEditError, match="out of date"):
            mark_person(meeting.session.id, odd, by=meeting.by)

    def test_an_apology_keeps_when_it_was_first_received(
        self, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        mark_person(meeting.session.id, tap(meeting.first, "apologies"), by=meeting.by)
        at(NOON + timedelta(minutes=30))
        here = tap(meeting.first, "in_person", "apologies", "tap-0002")
        mark_person(meeting.session.id, here, by=meeting.by)
        again = tap(meeting.first, "apologies", "in_person", "tap-0003")
        mark_person(meeting.session.id, again, by=meeting.by)
        assert the_mark().apology_received_at == NOON
        assert the_mark().marked_at == NOON + timedelta(minutes=30)

    def test_other_marks_keep_no_moment_of_apology(self, meeting: Meeting) -> None:
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        assert the_mark().apology_received_at is None

    @pytest.mark.parametrize("state", [BookingState.WAITING, BookingState.OFFERED])
    def test_somebody_waiting_who_turned_up_may_be_marked(
        self, meeting: Meeting, state: BookingState
    ) -> None:
        person = make_person()
        booking = make_booking(meeting.event, person, meeting.alder, state=state)
        mark_person(meeting.session.id, tap(person), by=meeting.by)
        assert the_mark().booking_id == booking.id

    def test_somebody_who_cancelled_late_may_be_marked(self, meeting: Meeting) -> None:
        person = make_person()
        make_booking(meeting.event, person, meeting.alder, state=BookingState.CANCELLED)
        db.session.execute(
            sa.update(Booking).where(Booking.person_id == person.id).values(cancelled_late=True)
        )
        mark_person(meeting.session.id, tap(person), by=meeting.by)
        assert the_mark().kind_key == "in_person"

    def test_a_new_booking_goes_before_a_cancelled_one(self, meeting: Meeting) -> None:
        person = make_person()
        live = make_booking(meeting.event, person, meeting.alder)
        late = make_booking(meeting.event, person, meeting.dovecote, state=BookingState.CANCELLED)
        late.cancelled_late = True
        db.session.flush()
        mark_person(meeting.session.id, tap(person), by=meeting.by)
        assert the_mark().booking_id == live.id

    def test_somebody_who_cancelled_in_time_is_not_on_the_register(self, meeting: Meeting) -> None:
        person = make_person()
        make_booking(meeting.event, person, meeting.alder, state=BookingState.CANCELLED)
        with pytest.raises(NotFoundError):
            mark_person(meeting.session.id, tap(person), by=meeting.by)

    def test_somebody_booked_for_another_event_is_not_on_the_register(
        self, meeting: Meeting
    ) -> None:
        person = make_person()
        make_booking(make_event(), person, meeting.alder)
        with pytest.raises(NotFoundError):
            mark_person(meeting.session.id, tap(person), by=meeting.by)
        assert db.session.scalar(sa.select(sa.func.count()).select_from(Mark)) == 0

    def test_an_unknown_mark_is_refused(self, meeting: Meeting) -> None:
        with pytest.raises(DomainError, match="no such mark"):
            mark_person(meeting.session.id, tap(meeting.first, "asleep"), by=meeting.by)

    def test_an_unknown_session_does_not_exist(self, meeting: Meeting) -> None:
        with pytest.raises(NotFoundError):
            mark_person(meeting.session.id + 999, tap(meeting.first), by=meeting.by)

    def test_a_closed_register_refuses(self, meeting: Meeting) -> None:
        make_register(meeting.session, closed=True)
        with pytest.raises(DomainError, match="is closed"):
            mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)

    @pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.DRAFT])
    def test_an_event_that_is_off_refuses(self, meeting: Meeting, state: EventState) -> None:
        meeting.event.state = state
        db.session.flush()
        with pytest.raises(DomainError, match=r"cancelled|draft"):
            mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)

    def test_the_day_before_it_refuses_and_says_from_when(
        self, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        at(NOON - timedelta(hours=12, minutes=1))
        with pytest.raises(DomainError, match="from Tuesday 10 November 2026"):
            mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)

    def test_from_midnight_of_the_day_in_london_it_marks(
        self, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        at(NOON - timedelta(hours=12))
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        assert the_mark().kind_key == "in_person"


class TestCloseRegister:
    def test_closes_and_records_who_and_when(self, meeting: Meeting) -> None:
        make_register(meeting.session, closed=False)
        close_register(meeting.session.id, mark_rest=False, by=meeting.by)
        register = the_register()
        assert register.closed_at == register.first_closed_at == NOON
        assert register.closed_by_user_id == meeting.asep.id
        assert [change.verb for change in list_changes("register", register.id)] == ["closed"]
        assert changes() == []

    def test_one_never_opened_is_opened_and_closed(self, meeting: Meeting) -> None:
        close_register(meeting.session.id, mark_rest=False, by=meeting.by)
        verbs = [change.verb for change in list_changes("register", the_register().id)]
        assert verbs == ["opened", "closed"]

    def test_twice_changes_nothing_the_second_time(
        self, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        close_register(meeting.session.id, mark_rest=False, by=meeting.by)
        at(NOON + timedelta(minutes=1))
        close_register(meeting.session.id, mark_rest=True, by=meeting.by_ep)
        register = the_register()
        assert (register.closed_at, register.closed_by_user_id) == (NOON, meeting.asep.id)
        assert changes() == []

    def test_marks_the_rest_only_when_asked_and_only_people_with_a_place(
        self, meeting: Meeting
    ) -> None:
        waiting = make_person()
        make_booking(meeting.event, waiting, meeting.alder, state=BookingState.WAITING)
        mark_person(meeting.session.id, tap(meeting.first), by=meeting.by)
        back = tap(meeting.people[1], tap_id="tap-0002")
        mark_person(meeting.session.id, back, by=meeting.by)
        back = tap(meeting.people[1], "not_recorded", "in_person", "tap-0003")
        mark_person(meeting.session.id, back, by=meeting.by)
        mark_person(meeting.session.id, tap(waiting, tap_id="tap-0004"), by=meeting.by)
        back = tap(waiting, "not_recorded", "in_person", "tap-0005")
        mark_person(meeting.session.id, back, by=meeting.by)
        close_register(meeting.session.id, mark_rest=True, by=meeting.by)
        rows = db.session.execute(sa.select(Mark.person_id, Mark.kind_key)).all()
        assert {person_id: kind for person_id, kind in rows} == {
            meeting.people[0].id: "in_person",
            meeting.people[1].id: "did_not_attend",
            meeting.people[2].id: "did_not_attend",
            waiting.id: "not_recorded",
        }
        assert changes()[-2:] == [("not_recorded", "did_not_attend")] * 2
        named = (
            sa.select(MarkSchool.school_id).join(Mark).where(Mark.person_id == meeting.people[2].id)
        )
        assert db.session.scalars(named).all() == [meeting.dovecote.id]

    def test_before_the_start_is_refused(
        self, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        at(meeting.session.starts_at - timedelta(seconds=1))
        with pytest.raises(DomainError, match="has started"):
            close_register(meeting.session.id, mark_rest=False, by=meeting.by)


class TestReopenRegister:
    def test_opens_with_the_reason_and_keeps_when_it_was_first_closed(
        self, meeting: Meeting, at: Callable[[datetime], None]
    ) -> None:
        close_register(meeting.session.id, mark_rest=False, by=meeting.by)
        reopen_register(meeting.session.id, reason="Signed in on paper", by=meeting.by_ep)
        assert the_register().closed_at is None
        last = list_changes("register", the_register().id)[-1]
        assert (last.verb, last.reason) == ("reopened", "Signed in on paper")
        assert last.by_user_id == meeting.ep.id
        at(NOON + timedelta(days=1))
        close_register(meeting.session.id, mark_rest=False, by=meeting.by)
        assert the_register().first_closed_at == NOON
        assert the_register().closed_at == NOON + timedelta(days=1)

    def test_one_that_is_open_stays_as_it_is(self, meeting: Meeting) -> None:
        make_register(meeting.session, closed=False)
        reopen_register(meeting.session.id, reason="Twice", by=meeting.by)
        assert list_changes("register", the_register().id) == []

    def test_then_marks_may_be_changed(self, meeting: Meeting) -> None:
        register = make_register(meeting.session, closed=True)
        make_mark(register, meeting.first, meeting.alder, booking=meeting.bookings[0])
        reopen_register(meeting.session.id, reason="A mistake", by=meeting.by)
        changed = tap(meeting.first, "part", "in_person")
        mark_person(meeting.session.id, changed, by=meeting.by)
        assert the_mark().kind_key == "part"
