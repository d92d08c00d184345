"""A date of a course, or one of several times, that people booked is called off."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar

from cop_site import audit
from cop_site.accounts.models import ServiceRoleKind
from cop_site.attendance.models import Register
from cop_site.attendance.services import mark_person
from cop_site.bookings import queries as booking_queries
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Mode, Option, Session
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import programme_services
from cop_site.planning.programme_services import OptionDetails, SessionDetails
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event, make_mark, make_register, option_of
from tests.factories.people import make_person, make_service_user
from tests.factories.schools import make_school
from tests.integration.attendance.marking import tap
from tests.support.client import GatedClient
from tests.support.race import race

STARTS = NOON + timedelta(days=14)
WEEK = timedelta(days=7)
WHY = "The trainer is ill."


def loaded(event: Event) -> Event:
    return event_queries.get_event(event.id, sa.true())


def date(starts_at: datetime) -> SessionDetails:
    return SessionDetails(starts_at, starts_at + timedelta(hours=2), "Library", "")


def take_off(event: Event, session: Session, people: People, into: Option | None = None) -> int:
    into_id = into.id if into else None
    return programme_services.take_off_session(
        event.id, session.id, reason=WHY, into_id=into_id, by=acting(people.ep)
    )


def messages() -> list[EmailMessage]:
    rows = db.session.scalars(sa.select(OutboxMessage).order_by(OutboxMessage.id))
    return [compose(row) for row in rows]


def text_of(message: EmailMessage) -> str:
    body = message.get_body()
    assert body is not None
    return str(body.get_content())


def calendar_of(message: EmailMessage) -> Calendar:
    (file,) = message.iter_attachments()
    content = file.get_content()
    return Calendar.from_ical(content if isinstance(content, str) else content.decode())


@pytest.fixture
def course(people: People) -> Event:
    """Two dates, a week apart."""
    event = make_event(STARTS)
    db.session.commit()
    option = loaded(event).options[0]
    programme_services.add_session(event.id, option.id, date(STARTS + WEEK), by=acting(people.ep))
    return event


@pytest.fixture
def choice(people: People) -> Event:
    """A morning for 2 people and an afternoon for 1, online."""
    event = make_event(STARTS, capacity=2)
    db.session.commit()
    details = OptionDetails("Afternoon", Mode.ONLINE, None, 1)
    first = SessionDetails(STARTS + timedelta(hours=4), STARTS + timedelta(hours=6), "", "")
    programme_services.add_option(event.id, details, first, by=acting(people.ep))
    return event


def options(event: Event) -> tuple[Option, Option]:
    morning, afternoon = sorted(loaded(event).options, key=lambda one: one.starts_at)
    return morning, afternoon


class TestDateOfACourse:
    def test_is_told_with_why_and_leaves_calendars(self, course: Event, people: People) -> None:
        make_booking(course, make_person(), people.school)
        first, second = loaded(course).options[0].sessions
        assert take_off(course, second, people) == 1
        assert [one.id for one in loaded(course).options[0].sessions] == [first.id]
        assert loaded(course).ends_at == STARTS + timedelta(hours=2)
        (message,) = messages()
        text = text_of(message)
        assert WHY in text and "1 December 2026" in text and "24 November" not in text
        calendar = calendar_of(message)
        (entry,) = calendar.walk("VEVENT")
        assert calendar["METHOD"] == "CANCEL"
        assert f"-{second.id}@communities" in str(entry["UID"])
        change = audit.list_changes("event", course.id)[-1]
        assert (change.verb, change.reason) == ("date taken off", WHY)

    def test_asks_why(self, course: Event, people: People) -> None:
        make_booking(course, make_person(), people.school)
        second = loaded(course).options[0].sessions[1]
        with pytest.raises(DomainError, match="Enter why"):
            programme_services.take_off_session(course.id, second.id, by=acting(people.ep))
        assert len(loaded(course).options[0].sessions) == 2

    def test_who_said_they_cant_come_does_not_keep_it(self, course: Event, people: People) -> None:
        person = make_person()
        make_booking(course, person, people.school)
        second = loaded(course).options[0].sessions[1]
        register = make_register(second, closed=False)
        make_mark(register, person, people.school, kind="apologies")
        take_off(course, second, people)
        assert db.session.scalars(sa.select(Register)).all() == []

    def test_who_was_marked_keeps_it(self, course: Event, people: People) -> None:
        person = make_person()
        make_booking(course, person, people.school)
        second = loaded(course).options[0].sessions[1]
        make_mark(make_register(second, closed=False), person, people.school)
        with pytest.raises(DomainError, match="register or a survey"):
            take_off(course, second, people)


@pytest.mark.thorough
def test_a_date_that_somebody_marks_meanwhile_stays_or_goes_whole(committed_app: Flask) -> None:
    asep = make_service_user(ServiceRoleKind.EP)
    person, school = make_person(), make_school()
    event, by = make_event(NOON - timedelta(minutes=5)), acting(asep)
    second = Session(option_id=option_of(event).id, starts_at=NOON + WEEK, ends_at=NOON + WEEK * 2)
    db.session.add(second)
    event.ends_at = second.ends_at
    make_booking(event, person, school)
    db.session.commit()
    event_id, session_id, marked = event.id, second.id, tap(person, "in_person")

    def off() -> int:
        with transaction():
            return programme_services.take_off_session(event_id, session_id, reason=WHY, by=by)

    def mark() -> None:
        with transaction():
            mark_person(session_id, marked, by=by)

    for answer in race(committed_app, [off, off, mark]):
        assert answer in (None, 1) or isinstance(answer, (DomainError, NotFoundError)), answer
    db.session.rollback()
    left = db.session.scalar(sa.select(sa.func.count(Session.id)))
    registers = db.session.scalar(sa.select(sa.func.count(Register.id)))
    assert (left, registers) in {(1, 0), (2, 1)}


class TestOneOfSeveralTimes:
    def test_its_people_go_to_the_other(self, choice: Event, people: People) -> None:
        morning, afternoon = options(choice)
        gone = make_booking(
            choice, make_person(), people.school, option=afternoon, mode=Mode.ONLINE
        )
        gave_up = make_booking(
            choice,
            make_person(),
            people.school,
            option=afternoon,
            mode=Mode.ONLINE,
            state=BookingState.CANCELLED,
        )
        assert take_off(choice, afternoon.sessions[0], people, morning) == 1
        assert [one.id for one in loaded(choice).options] == [morning.id]
        for booking in (gone, gave_up):
            db.session.refresh(booking)
            assert (booking.option_id, booking.mode) == (morning.id, Mode.IN_PERSON)
        off, booked = messages()
        assert WHY in text_of(off) and calendar_of(off)["METHOD"] == "CANCEL"
        assert "You have a place" in text_of(booked)
        (entry,) = calendar_of(booked).walk("VEVENT")
        assert entry.decoded("DTSTART").timestamp() == STARTS.timestamp()

    def test_whoever_waits_goes_on_waiting(self, choice: Event, people: People) -> None:
        morning, afternoon = options(choice)
        for _ in range(2):
            make_booking(choice, make_person(), people.school, option=morning)
        waiting = make_booking(
            choice,
            make_person(),
            people.school,
            option=afternoon,
            mode=Mode.ONLINE,
            state=BookingState.WAITING,
        )
        take_off(choice, afternoon.sessions[0], people, morning)
        db.session.refresh(waiting)
        assert (waiting.option_id, waiting.state) == (morning.id, BookingState.WAITING)
        assert len(messages()) == 1

    def test_too_few_places_there_move_nobody(self, choice: Event, people: People) -> None:
        morning, afternoon = options(choice)
        for _ in range(2):
            make_booking(choice, make_person(), people.school, option=morning)
        db.session.commit()
        with pytest.raises(DomainError, match="has 1 place and 2 people"):
            take_off(choice, morning.sessions[0], people, afternoon)
        db.session.rollback()
        assert len(loaded(choice).options) == 2
        assert {one.option_id for one in booking_queries.list_live_bookings(choice.id)} == {
            morning.id
        }

    def test_asks_where_they_go(self, choice: Event, people: People) -> None:
        morning, _afternoon = options(choice)
        make_booking(choice, make_person(), people.school, option=morning)
        with pytest.raises(DomainError, match="Choose where"):
            take_off(choice, morning.sessions[0], people)


@pytest.mark.sqlite_only
class TestPages:
    def test_of_what_nobody_booked_asks_nothing(
        self, course: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.ep)
        second = loaded(course).options[0].sessions[1]
        url = f"/events/{course.id}/dates/{second.id}/remove"
        assert "Why is it called off?" not in client.get(url).text
        assert client.send(url).status_code == 303

    def test_of_a_booked_date_asks_why_and_says_who_is_told(
        self, course: Event, people: People, client: GatedClient
    ) -> None:
        make_booking(course, make_person(), people.school)
        db.session.commit()
        client.sign_in(people.ep)
        second = loaded(course).options[0].sessions[1]
        url = f"/events/{course.id}/dates/{second.id}/remove"
        page = client.get(url).text
        assert "1 person has a booking or waits for it. Each is told" in page
        assert "Where its people go" not in page
        assert "Enter why it is called off" in client.send(url).text
        answer = client.send(url, reason=WHY)
        assert answer.status_code == 303
        page = client.get(answer.location).text
        assert "The date is taken off. 1 person with a booking or waiting is emailed" in page

    def test_of_a_booked_time_asks_where_its_people_go(
        self, choice: Event, people: People, client: GatedClient
    ) -> None:
        morning, afternoon = options(choice)
        make_booking(choice, make_person(), people.school, option=morning)
        db.session.commit()
        client.sign_in(people.ep)
        url = f"/events/{choice.id}/dates/{morning.sessions[0].id}/remove"
        assert "Afternoon: Tuesday 24 November 2026 at 4pm" in client.get(url).text
        assert "Choose where its people go" in client.send(url, reason=WHY).text
        assert client.send(url, reason=WHY, into=str(morning.id)).status_code == 422
        answer = client.send(url, reason=WHY, into=str(afternoon.id))
        assert answer.status_code == 303
        (booking,) = db.session.scalars(sa.select(Booking))
        assert (booking.option_id, booking.mode) == (afternoon.id, Mode.ONLINE)

    def test_with_no_other_time_ahead_says_so(
        self, course: Event, people: People, client: GatedClient
    ) -> None:
        make_booking(course, make_person(), people.school)
        first, second = loaded(course).options[0].sessions
        take_off(course, second, people)
        db.session.commit()
        client.sign_in(people.ep)
        page = client.get(f"/events/{course.id}/dates/{first.id}/remove").text
        assert "This is the only date." in page and "Take it off" not in page
