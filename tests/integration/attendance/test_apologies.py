"""Saying "I can't come" from the reminder: by its link, without signing in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.attendance.models import Mark, MarkChange, Register
from cop_site.bookings.apology_links import make_token
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.services import book_place
from cop_site.cli.events import remind_of_sessions
from cop_site.db import db
from cop_site.errors import stamp_of
from cop_site.events.models import Event, EventState, Session
from cop_site.notifications.delivery import compose, deliver_due
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import programme_services
from cop_site.planning import services as planning_services
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import (
    changed_details,
    make_booking,
    make_event,
    make_register,
    option_of,
    session_of,
)
from tests.factories.people import give_school_role, make_person, make_service_user, make_user
from tests.factories.schools import make_school
from tests.support.client import GatedClient

STARTS = NOON + timedelta(days=7)
At = Callable[[datetime], None]


@pytest.fixture
def event(app: Flask) -> Event:
    event = make_event(STARTS, capacity=1)
    school = make_school()
    make_booking(event, make_person(), school).place_given_at = NOON - timedelta(days=1)
    waits = make_person()
    give_school_role(waits, school)
    make_booking(event, waits, school, state=BookingState.WAITING)
    db.session.commit()
    return event


def link(kind: str = "week") -> str:
    """The address in the newest reminder, as somebody reads it."""
    remind_of_sessions()
    query = sa.select(OutboxMessage).where(OutboxMessage.kind == f"events/reminder_{kind}")
    row = db.session.scalars(query.order_by(OutboxMessage.id.desc())).first()
    assert row is not None
    body = compose(row).get_body()
    assert body is not None
    found = re.search(r"/cant-come/\S+", body.get_content())
    assert found
    return found[0]


def states() -> list[str]:
    db.session.expire_all()
    query = sa.text("SELECT state FROM booking ORDER BY id")
    return list(db.session.scalars(query))


def marks() -> list[tuple[str, datetime | None]]:
    db.session.expire_all()
    found = db.session.scalars(sa.select(Mark).order_by(Mark.id))
    return [(mark.kind_key, mark.apology_received_at) for mark in found]


def test_to_look_changes_nothing(event: Event, client: GatedClient) -> None:
    address = link()
    assert client.get(address).status_code == 200
    assert states() == ["booked", "waiting"] and marks() == []


def test_notes_the_apology_and_offers_the_place(event: Event, client: GatedClient) -> None:
    address = link()
    answer = client.send(address)
    assert "Thank you for telling us" in client.get(answer.location).text
    assert states() == ["cancelled", "offered"]
    assert marks() == [("apologies", NOON)]


def test_sent_twice_is_one(event: Event, client: GatedClient) -> None:
    address = link()
    for _ in range(2):
        assert client.send(address).status_code == 303
    assert len(marks()) == 1
    kinds = list(db.session.scalars(sa.select(OutboxMessage.kind)))
    assert kinds.count("events/booking_cancelled") == 1


def test_of_one_date_of_a_course_keeps_the_place_at_the_others(
    event: Event, client: GatedClient
) -> None:
    option = option_of(event)
    later = STARTS + timedelta(days=7)
    again = Session(option_id=option.id, starts_at=later, ends_at=later + timedelta(hours=2))
    db.session.add(again)
    db.session.commit()
    answer = client.send(link())
    assert states() == ["booked", "waiting"]
    assert marks() == [("apologies", NOON)]
    assert "You keep your place at the other dates" in client.get(answer.location).text


def test_of_every_date_of_a_course_gives_the_place_up(event: Event, client: GatedClient) -> None:
    later = STARTS + timedelta(minutes=90)
    again = Session(
        option_id=option_of(event).id, starts_at=later, ends_at=later + timedelta(hours=2)
    )
    db.session.add(again)
    db.session.commit()
    booking_id = db.session.scalar(sa.text("SELECT min(id) FROM booking"))
    assert booking_id is not None
    for session in (session_of(event), again):
        client.send(f"/cant-come/{make_token(booking_id, session.id)}")
    assert states() == ["cancelled", "offered"]


def test_who_has_said_so_is_not_reminded(event: Event, client: GatedClient, at: At) -> None:
    later = STARTS + timedelta(days=7)
    db.session.add(
        Session(option_id=option_of(event).id, starts_at=later, ends_at=later + timedelta(hours=2))
    )
    db.session.commit()
    client.send(link())
    at(STARTS - timedelta(days=1))
    remind_of_sessions()
    kinds = list(db.session.scalars(sa.select(OutboxMessage.kind)))
    assert kinds.count("events/reminder_day") == 0


def test_of_an_event_that_is_called_off_says_nothing(event: Event, client: GatedClient) -> None:
    address = link()
    event.state = EventState.CANCELLED
    db.session.commit()
    assert client.send(address).status_code == 422
    assert states() == ["booked", "waiting"] and marks() == []


def test_an_old_link_gives_up_nothing_that_was_booked_since(
    event: Event, client: GatedClient
) -> None:
    address = link()
    client.send(address)
    first = db.session.scalars(sa.select(Booking).order_by(Booking.id)).first()
    assert first is not None
    make_booking(event, db.session.get_one(Person, first.person_id), make_school())
    db.session.commit()
    answer = client.send(address)
    assert answer.status_code == 422
    assert states()[-1] == "booked"


def test_once_it_has_begun_is_refused(event: Event, client: GatedClient, at: At) -> None:
    address = link()
    at(STARTS)
    assert "There is nothing to cancel" in client.get(address).text
    assert client.send(address).status_code == 422
    assert states() == ["booked", "waiting"] and marks() == []


def test_a_closed_register_stays_as_it_is(event: Event, client: GatedClient) -> None:
    make_register(session_of(event))
    db.session.commit()
    client.send(link())
    assert marks() == []


@pytest.mark.parametrize("token", ["x", "WzEsMV0.nonsense", "W10." + "a" * 200])
def test_a_made_up_link_is_not_found(event: Event, client: GatedClient, token: str) -> None:
    assert client.get(f"/cant-come/{token}").status_code == 404


def test_the_address_leaves_the_outbox_with_the_mail(event: Event) -> None:
    address = link()
    deliver_due()
    db.session.expire_all()
    token = address.rsplit("/", 1)[1]
    kept = db.session.scalars(sa.select(OutboxMessage.context)).all()
    assert kept and token not in str(kept)


def marks_history() -> list[tuple[str, str]]:
    query = sa.select(MarkChange.now, MarkChange.reason).order_by(MarkChange.id)
    return [(now, reason) for now, reason in db.session.execute(query)]


class TestOvertaken:
    """What somebody said of a date holds for that date, and until they book again."""

    @pytest.fixture
    def course(self, event: Event) -> Session:
        """A second date, so that an apology for the first leaves the place."""
        later = STARTS + timedelta(days=7)
        again = Session(
            option_id=option_of(event).id, starts_at=later, ends_at=later + timedelta(hours=2)
        )
        db.session.add(again)
        db.session.commit()
        return again

    def test_by_a_date_that_moves(self, event: Event, course: Session, client: GatedClient) -> None:
        client.send(link())
        client.send(f"/cant-come/{make_token(first_booking(event).id, course.id)}")
        move(event, session_of(event), STARTS + timedelta(days=1))
        assert [kind for kind, _ in marks()] == ["not_recorded", "apologies"]
        assert marks_history()[-1] == ("not_recorded", "the date moved")

    def test_the_page_says_that_the_other_dates_stay(
        self, event: Event, course: Session, client: GatedClient
    ) -> None:
        assert "You keep your place at the other dates" in client.get(link()).text

    def test_a_date_called_off_says_so(
        self, event: Event, course: Session, client: GatedClient
    ) -> None:
        address = f"/cant-come/{make_token(first_booking(event).id, course.id)}"
        db.session.delete(course)
        db.session.commit()
        for answer in (client.get(address), client.send(address)):
            assert answer.status_code == 422
            assert "This date has been called off" in answer.text

    def test_not_by_a_change_of_place(
        self, event: Event, course: Session, client: GatedClient
    ) -> None:
        client.send(link())
        move(event, session_of(event), STARTS, venue="The other hall")
        assert [kind for kind, _ in marks()] == ["apologies"]

    def test_by_the_only_date_that_moves(self, event: Event, client: GatedClient) -> None:
        client.send(link())
        details = changed_details(
            event, starts_at=STARTS + timedelta(days=1), ends_at=STARTS + timedelta(days=1, hours=1)
        )
        version = db.session.get_one(Event, event.id).version
        planning_services.edit_event(event.id, version, details, by=lead())
        assert [kind for kind, _ in marks()] == ["not_recorded"]

    def test_by_booking_again(self, event: Event, client: GatedClient) -> None:
        person = db.session.get_one(Person, first_booking(event).person_id)
        school = make_school()
        give_school_role(person, school)
        user = make_user(person)
        db.session.commit()
        client.send(link())
        book_place(event.id, mode=None, school_ids=[school.id], by=acting(user))
        assert [kind for kind, _ in marks()] == ["not_recorded"]
        assert marks_history()[-1] == ("not_recorded", "booked again")

    def test_never_on_a_closed_register(
        self, event: Event, course: Session, client: GatedClient
    ) -> None:
        client.send(link())
        register = db.session.scalars(sa.select(Register)).one()
        register.closed_at = NOON
        db.session.commit()
        move(event, session_of(event), STARTS + timedelta(days=1))
        assert [kind for kind, _ in marks()] == ["apologies"]


def first_booking(event: Event) -> Booking:
    query = sa.select(Booking).where(Booking.event_id == event.id).order_by(Booking.id)
    booking = db.session.scalars(query).first()
    assert booking is not None
    return booking


def lead() -> ActingUser:
    return acting(make_service_user(ServiceRoleKind.INCLUSION_LEAD))


def move(event: Event, session: Session, starts_at: datetime, venue: str = "") -> None:
    was = programme_services.read_session(session)
    details = replace(
        was,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        venue=venue or was.venue or "Hall",
    )
    seen = stamp_of(programme_services.session_values(was))
    programme_services.change_session(event.id, session.id, details, seen=seen, by=lead())
