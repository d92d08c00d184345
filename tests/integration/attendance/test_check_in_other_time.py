"""Checking in at one of several times of an event, with a place at another."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import User
from cop_site.attendance import check_in_services
from cop_site.attendance.models import Mark, MarkSchool
from cop_site.attendance.services import Tap, close_register, mark_person
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.events.models import Mode, Option
from cop_site.follow_up.turnout_models import Outcome
from cop_site.follow_up.turnout_queries import list_turnout
from tests.conftest import NOON
from tests.factories.events import make_booking, make_event, make_time
from tests.integration.attendance import checking_in
from tests.integration.attendance.checking_in import check_in, make_guest, person_of
from tests.integration.attendance.conftest import Meeting
from tests.integration.attendance.marking import the_mark
from tests.support.client import GatedClient


@pytest.fixture
def guest(meeting: Meeting) -> User:
    """With a place at the time of this morning; the code is the afternoon's."""
    checking_in.make_code(meeting)
    user = make_guest(meeting)
    morning = make_time(meeting.event, NOON - timedelta(hours=4))
    booking_of(user).option_id = morning.option_id
    db.session.commit()
    return user


def booking_of(user: User) -> Booking:
    return db.session.query(Booking).filter_by(person_id=user.person_id).one()


def set_mode(meeting: Meeting, mode: Mode) -> None:
    db.session.get_one(Option, meeting.session.option_id).mode = mode
    db.session.commit()


class TestCheckIn:
    def test_is_marked_as_from_their_booking_and_twice_is_once(
        self, meeting: Meeting, guest: User
    ) -> None:
        assert [check_in(meeting, guest), check_in(meeting, guest)] == [True, False]
        mark = the_mark()
        assert (mark.person_id, mark.kind_key, mark.is_walk_in, mark.booking_id) == (
            *(guest.person_id, "in_person", False, booking_of(guest).id),
        )
        (school,) = db.session.scalars(sa.select(MarkSchool)).all()
        assert (school.school_id, school.role.value) == (meeting.alder.id, "teacher")

    def test_whether_there_is_room_is_no_matter(self, meeting: Meeting, guest: User) -> None:
        db.session.get_one(Option, meeting.session.option_id).room_capacity = 3
        db.session.commit()
        assert check_in(meeting, guest)

    @pytest.mark.parametrize(
        ("mode", "booked", "kind"),
        [
            (Mode.ONLINE, Mode.IN_PERSON, "online"),
            (Mode.IN_PERSON, Mode.ONLINE, "in_person"),
            (Mode.HYBRID, Mode.ONLINE, "online"),
        ],
    )
    def test_as_this_time_is_held(
        self, meeting: Meeting, guest: User, mode: Mode, booked: Mode, kind: str
    ) -> None:
        booking_of(guest).mode = booked
        set_mode(meeting, mode)
        check_in(meeting, guest)
        assert the_mark().kind_key == kind

    @pytest.mark.parametrize(
        "state", [BookingState.WAITING, BookingState.OFFERED, BookingState.CANCELLED]
    )
    def test_not_without_a_place_there(
        self, meeting: Meeting, guest: User, state: BookingState
    ) -> None:
        booking = booking_of(guest)
        booking.state, booking.offer_expires_at = state, NOON + timedelta(days=1)
        db.session.commit()
        with pytest.raises(DomainError, match="no place at this session"):
            check_in(meeting, guest)

    def test_not_with_a_place_at_another_event(self, meeting: Meeting, guest: User) -> None:
        booking_of(guest).state = BookingState.CANCELLED
        make_booking(make_event(NOON), person_of(guest), meeting.alder)
        db.session.commit()
        with pytest.raises(DomainError) as error:
            check_in(meeting, guest)
        assert error.value.sentence == check_in_services.NO_PLACE


class TestRegister:
    def test_lists_them_apart_and_counts_them_as_marked(
        self, client: GatedClient, meeting: Meeting, guest: User
    ) -> None:
        check_in(meeting, guest)
        client.sign_in(meeting.asep)
        page = client.get(meeting.url).text
        assert "Not booked for this time</h2>" in page and "Added at the door" not in page
        assert "Gwen Guest" in page and "Checked in by code" in page
        assert "Say who this is" not in page and "1 of 4 marked" in page
        for path in ("sign-in-sheet.pdf", "type-up", "close"):
            assert client.get(f"{meeting.url}/{path}").status_code == 200

    def test_staff_correct_it(self, meeting: Meeting, guest: User) -> None:
        check_in(meeting, guest)
        tap = Tap("tap-0001", guest.person_id, "part", "in_person")
        mark_person(meeting.session.id, tap, by=meeting.by)
        assert the_mark().kind_key == "part"

    def test_stays_on_closing_and_they_came_though_not_in_the_morning(
        self, meeting: Meeting, guest: User
    ) -> None:
        check_in(meeting, guest)
        morning = event_queries.get_event(meeting.event.id, sa.true()).option(
            booking_of(guest).option_id
        )
        for session_id in (morning.sessions[0].id, meeting.session.id):
            close_register(session_id, mark_rest=True, by=meeting.by)
        query = sa.select(Mark.kind_key).where(Mark.person_id == guest.person_id)
        assert set(db.session.scalars(query)) == {"did_not_attend", "in_person"}
        event = event_queries.get_event(meeting.event.id, sa.true())
        rows = [row for row in list_turnout(event) if row.person_id == guest.person_id]
        assert [row.outcome for row in rows] == [Outcome.CAME]
