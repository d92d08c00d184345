"""Making and stopping a code, and what it does for each person who uses it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site import audit
from cop_site.accounts.models import ServiceRoleKind, SignInGuess, User
from cop_site.attendance import check_in_services
from cop_site.attendance.check_in_models import ALPHABET
from cop_site.attendance.check_in_queries import count_checked_in, get_own_mark
from cop_site.attendance.check_in_services import find_session, make_code, stop_code
from cop_site.attendance.models import BY_CODE, Mark, MarkChange, Register
from cop_site.attendance.services import MarkedMeanwhileError, Tap, close_register, mark_person
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import EventState, Facilitator, Mode, Session
from cop_site.planning.services import cancel_event
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_mark, make_register
from tests.factories.people import make_partner_user, make_service_user
from tests.integration.attendance import checking_in
from tests.integration.attendance.checking_in import (
    CODE,
    check_in,
    codes,
    make_guest,
    person_of,
)
from tests.integration.attendance.conftest import Meeting
from tests.integration.attendance.marking import changes, the_mark

At = Callable[[datetime], None]


@pytest.fixture
def guest(meeting: Meeting) -> User:
    checking_in.make_code(meeting)
    return make_guest(meeting)


def refused(meeting: Meeting, user: User, code: str = CODE) -> str:
    with pytest.raises(DomainError) as error:
        check_in(meeting, user, code)
    return error.value.sentence


def booking_of(user: User) -> Booking:
    return db.session.query(Booking).filter_by(person_id=user.person_id).one()


class TestMakeCode:
    def test_is_one_nobody_confuses_and_is_on_record_without_it(self, meeting: Meeting) -> None:
        make_code(meeting.session.id, instead_of=None, by=meeting.by)
        (code,) = codes()
        assert len(code.code) == 6 and set(code.code) <= set(ALPHABET)
        assert (code.made_at, code.made_by_user_id) == (NOON, meeting.asep.id)
        change = audit.list_changes("event", meeting.event.id)[-1]
        assert (change.verb, change.by_user_id) == ("check-in code made", meeting.asep.id)
        assert change.now == {"session": meeting.session.id}
        assert db.session.query(Register).count() == 0

    def test_a_new_one_stops_the_one_that_was_shown(self, meeting: Meeting, guest: User) -> None:
        (shown,) = codes()
        make_code(meeting.session.id, instead_of=shown.id, by=meeting.by)
        before, now = codes()
        assert (before.stopped_at, now.stopped_at) == (NOON, None)
        assert refused(meeting, guest) == check_in_services.WRONG
        assert check_in(meeting, guest, now.code)

    @pytest.mark.parametrize("shown", [None, 99], ids=["none", "an older one"])
    def test_what_somebody_else_made_meanwhile_stays(
        self, meeting: Meeting, shown: int | None
    ) -> None:
        checking_in.make_code(meeting)
        make_code(meeting.session.id, instead_of=shown, by=meeting.by_ep)
        assert [code.code for code in codes()] == [CODE]

    def test_days_before_for_the_wall_and_not_once_it_is_over(
        self, meeting: Meeting, at: At
    ) -> None:
        at(NOON - timedelta(days=3))
        make_code(meeting.session.id, instead_of=None, by=meeting.by)
        at(meeting.session.ends_at + timedelta(seconds=1))
        (shown,) = codes()
        with pytest.raises(DomainError, match="has ended"):
            make_code(meeting.session.id, instead_of=shown.id, by=meeting.by)

    @pytest.mark.parametrize(
        ("state", "said"), [(EventState.DRAFT, "draft"), (EventState.CANCELLED, "cancelled")]
    )
    def test_not_of_an_event_that_is_off(
        self, meeting: Meeting, state: EventState, said: str
    ) -> None:
        meeting.event.state = state
        db.session.commit()
        with pytest.raises(DomainError, match=said):
            make_code(meeting.session.id, instead_of=None, by=meeting.by)

    def test_not_of_a_closed_register(self, meeting: Meeting) -> None:
        make_register(meeting.session)
        db.session.commit()
        with pytest.raises(DomainError, match="register is closed"):
            make_code(meeting.session.id, instead_of=None, by=meeting.by)


class TestStopCode:
    def test_nobody_checks_in_by_it_and_marks_stay(self, meeting: Meeting, guest: User) -> None:
        other = make_guest(meeting, "Gus Guest")
        check_in(meeting, guest)
        (shown,) = codes()
        for _ in range(2):
            stop_code(meeting.session.id, shown.id, by=meeting.by)
        assert refused(meeting, other) == check_in_services.WRONG
        assert the_mark().kind_key == "in_person"
        verbs = [change.verb for change in audit.list_changes("event", meeting.event.id)]
        assert verbs.count("check-in code stopped") == 1

    def test_a_newer_one_stays(self, meeting: Meeting) -> None:
        shown = checking_in.make_code(meeting)
        make_code(meeting.session.id, instead_of=shown.id, by=meeting.by)
        stop_code(meeting.session.id, shown.id, by=meeting.by_ep)
        assert codes()[-1].stopped_at is None


class TestCheckIn:
    def test_marks_as_the_person_and_says_how(self, meeting: Meeting, guest: User) -> None:
        assert check_in(meeting, guest)
        mark = the_mark()
        assert (mark.person_id, mark.kind_key, mark.is_walk_in) == (
            *(guest.person_id, "in_person", False),
        )
        assert mark.booking_id == booking_of(guest).id
        change = db.session.scalars(sa.select(MarkChange)).one()
        assert (change.by_user_id, change.reason) == (guest.id, BY_CODE)
        register = db.session.scalars(sa.select(Register)).one()
        assert register.opened_by_user_id is None
        assert count_checked_in(meeting.session.id) == 1

    def test_counts_for_the_schools_of_the_booking(self, meeting: Meeting, guest: User) -> None:
        check_in(meeting, guest)
        own = sa.select(Mark).options(sa.orm.selectinload(Mark.schools))
        (school,) = db.session.scalars(own).one().schools
        assert (school.school_id, school.role.value) == (meeting.alder.id, "teacher")

    def test_twice_is_once(self, meeting: Meeting, guest: User) -> None:
        assert [check_in(meeting, guest), check_in(meeting, guest)] == [True, False]
        assert changes() == [("not_recorded", "in_person")]

    def test_in_a_hybrid_session_as_they_booked(self, meeting: Meeting, guest: User) -> None:
        online = make_guest(meeting, "Olive Online", Mode.ONLINE)
        check_in(meeting, online)
        assert the_mark().kind_key == "online"

    def test_an_apology_is_overtaken_by_coming(self, meeting: Meeting, guest: User) -> None:
        register = make_register(meeting.session, closed=False)
        make_mark(register, person_of(guest), meeting.alder, kind="apologies")
        db.session.commit()
        assert check_in(meeting, guest)
        assert the_mark().kind_key == "in_person"

    @pytest.mark.parametrize("kind", ["in_person", "online", "part"])
    def test_marked_here_already_by_staff_stays_as_it_is(
        self, meeting: Meeting, guest: User, kind: str
    ) -> None:
        register = make_register(meeting.session, closed=False)
        make_mark(register, person_of(guest), meeting.alder, kind=kind)
        db.session.commit()
        assert not check_in(meeting, guest)
        assert the_mark().kind_key == kind

    def test_did_not_attend_is_not_overruled(self, meeting: Meeting, guest: User) -> None:
        register = make_register(meeting.session, closed=False)
        make_mark(register, person_of(guest), meeting.alder, kind="did_not_attend")
        db.session.commit()
        assert "says “did not attend” of you" in refused(meeting, guest)
        assert the_mark().kind_key == "did_not_attend"

    def test_what_staff_took_back_stays_taken_back(self, meeting: Meeting, guest: User) -> None:
        check_in(meeting, guest)
        take_back = Tap("tap-0001", guest.person_id, "not_recorded", "in_person")
        mark_person(meeting.session.id, take_back, by=meeting.by)
        assert refused(meeting, guest) == check_in_services.TAKEN_BACK
        assert the_mark().kind_key == "not_recorded"

    def test_a_row_that_staff_marked_by_mistake_and_took_back_does_not_stop_them(
        self, meeting: Meeting, guest: User
    ) -> None:
        for tap_id, kind, was in (
            ("tap-0001", "in_person", "not_recorded"),
            ("tap-0002", "not_recorded", "in_person"),
        ):
            mark_person(meeting.session.id, Tap(tap_id, guest.person_id, kind, was), by=meeting.by)
        assert check_in(meeting, guest)


class TestWithoutAPlace:
    @pytest.mark.parametrize(
        "state", [BookingState.WAITING, BookingState.OFFERED, BookingState.CANCELLED]
    )
    def test_waiting_offered_and_cancelled_alike(
        self, meeting: Meeting, guest: User, state: BookingState
    ) -> None:
        booking = booking_of(guest)
        booking.state, booking.offer_expires_at = state, NOON + timedelta(days=1)
        db.session.commit()
        assert refused(meeting, guest) == check_in_services.NO_PLACE
        assert db.session.query(Mark).count() == db.session.query(Register).count() == 0

    def test_somebody_who_never_booked(self, meeting: Meeting, guest: User) -> None:
        stranger = make_partner_user()
        db.session.commit()
        assert refused(meeting, stranger) == check_in_services.NO_PLACE

    def test_staff_and_who_runs_it_need_none(self, meeting: Meeting, guest: User) -> None:
        staff = make_service_user(ServiceRoleKind.NETWORK_LEAD)
        speaker = make_partner_user()
        db.session.add(Facilitator(event_id=meeting.event.id, person_id=speaker.person_id))
        db.session.commit()
        for user in (staff, speaker, meeting.ep):
            assert refused(meeting, user) == check_in_services.NO_NEED


class TestTimes:
    @pytest.mark.parametrize(
        ("moment", "said"),
        [
            (timedelta(minutes=-15, seconds=-1), "You can check in from 11:35am."),
            (timedelta(days=-1), "You can check in from 11:35am on Tuesday 10 November 2026."),
            (timedelta(hours=2, seconds=1), "The session ended at 1:50pm. Ask whoever ran it"),
            (timedelta(days=7), "ended at 1:50pm on Tuesday 10 November 2026."),
        ],
    )
    def test_too_early_or_too_late_says_when(
        self, meeting: Meeting, guest: User, at: At, moment: timedelta, said: str
    ) -> None:
        at(meeting.session.starts_at + moment)
        assert said in refused(meeting, guest)

    @pytest.mark.parametrize("moment", [timedelta(minutes=-15), timedelta(hours=2)])
    def test_from_15_minutes_before_to_the_end(
        self, meeting: Meeting, guest: User, at: At, moment: timedelta
    ) -> None:
        at(meeting.session.starts_at + moment)
        assert check_in(meeting, guest)

    def test_of_a_session_that_was_moved_meanwhile(self, meeting: Meeting, guest: User) -> None:
        later = timedelta(hours=3)
        session = db.session.get_one(Session, meeting.session.id)
        session.starts_at, session.ends_at = session.starts_at + later, session.ends_at + later
        db.session.commit()
        assert refused(meeting, guest) == "You can check in from 2:35pm."

    def test_of_an_event_that_was_called_off_meanwhile(self, meeting: Meeting, guest: User) -> None:
        with transaction():
            cancel_event(meeting.event.id, "Snow", by=meeting.by)
        assert refused(meeting, guest) == check_in_services.CALLED_OFF

    def test_closed_says_so_except_to_whoever_is_marked(
        self, meeting: Meeting, guest: User
    ) -> None:
        late = make_guest(meeting, "Lara Late")
        check_in(meeting, guest)
        close_register(meeting.session.id, mark_rest=False, by=meeting.by)
        assert refused(meeting, late) == check_in_services.REGISTER_CLOSED
        assert not check_in(meeting, guest)


class TestStaffMeetACheckIn:
    def test_one_tap_corrects_it(self, meeting: Meeting, guest: User) -> None:
        check_in(meeting, guest)
        tap = Tap("tap-0001", guest.person_id, "part", "in_person")
        mark_person(meeting.session.id, tap, by=meeting.by)
        assert the_mark().kind_key == "part"

    def test_a_tap_that_waited_and_says_the_same_is_taken(
        self, meeting: Meeting, guest: User
    ) -> None:
        check_in(meeting, guest)
        tap = Tap("tap-0001", guest.person_id, "in_person", "not_recorded")
        mark_person(meeting.session.id, tap, by=meeting.by)
        assert changes() == [("not_recorded", "in_person")]

    def test_a_tap_that_waited_and_says_other_is_told_who(
        self, meeting: Meeting, guest: User
    ) -> None:
        check_in(meeting, guest)
        tap = Tap("tap-0001", guest.person_id, "apologies", "not_recorded")
        with pytest.raises(MarkedMeanwhileError) as error:
            mark_person(meeting.session.id, tap, by=meeting.by)
        assert (error.value.kind.key, error.value.by) == ("in_person", "Gwen Guest")


class TestFindSession:
    def test_a_right_one_counts_no_try(self, meeting: Meeting, guest: User) -> None:
        assert find_session(" k7m-3xt", by=acting(guest)) == meeting.session.id
        assert db.session.query(SignInGuess).count() == 0

    def test_a_wrong_one_is_like_one_that_was_stopped(self, meeting: Meeting, guest: User) -> None:
        codes()[0].stopped_at = NOON
        db.session.commit()
        assert find_session(CODE, by=acting(guest)) is None
        assert find_session("CCCCCC", by=acting(guest)) is None
        assert find_session("'; drop table", by=acting(guest)) is None
        assert db.session.query(SignInGuess).count() == 3

    def test_ten_wrong_ones_stop_that_person_alone_for_5_minutes(
        self, meeting: Meeting, guest: User, at: At
    ) -> None:
        for _ in range(10):
            assert find_session("CCCCCC", by=acting(guest)) is None
        with pytest.raises(DomainError, match="too many tries"):
            find_session(CODE, by=acting(guest))
        other = make_guest(meeting, "Gus Guest")
        assert find_session(CODE, by=acting(other)) == meeting.session.id
        at(NOON + timedelta(minutes=5, seconds=1))
        assert find_session(CODE, by=acting(guest)) == meeting.session.id


class TestGetOwnMark:
    def test_is_there_only_while_they_are_marked_here(self, meeting: Meeting, guest: User) -> None:
        with pytest.raises(NotFoundError):
            get_own_mark(meeting.session.id, guest.person_id)
        check_in(meeting, guest)
        own = get_own_mark(meeting.session.id, guest.person_id)
        assert (own.kind.key, own.at, own.next_session) == ("in_person", NOON, None)
        take_back = Tap("tap-0001", guest.person_id, "not_recorded", "in_person")
        mark_person(meeting.session.id, take_back, by=meeting.by)
        with pytest.raises(NotFoundError):
            get_own_mark(meeting.session.id, guest.person_id)

    def test_names_the_next_date_of_a_course(self, meeting: Meeting, guest: User) -> None:
        at = meeting.session.starts_at + timedelta(days=7)
        option_id = meeting.session.option_id
        later = Session(option_id=option_id, starts_at=at, ends_at=at + timedelta(hours=1))
        db.session.add(later)
        db.session.commit()
        check_in(meeting, guest)
        found = get_own_mark(meeting.session.id, guest.person_id).next_session
        assert found is not None and found.id == later.id
