"""What a register says ahead of a date, once the date moves or somebody comes after all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind, User
from cop_site.attendance.models import Mark
from cop_site.bookings.apology_links import make_token
from cop_site.bookings.change_way_services import change_way
from cop_site.bookings.colleague_services import substitute
from cop_site.bookings.models import Booking
from cop_site.cli.events import remind_of_sessions
from cop_site.db import db
from cop_site.events.models import Event, Mode, Session
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import services as planning_services
from cop_site.schools.models import School
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import (
    changed_details,
    make_booking,
    make_event,
    make_mark,
    make_register,
    option_of,
    session_of,
)
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient

STARTS = NOON + timedelta(hours=20)


@pytest.fixture
def school(app: Flask) -> School:
    make_authority()
    return make_school()


def person_of(user: User) -> Person:
    return db.session.get_one(Person, user.person_id)


def book(event: Event, user: User, school: School) -> Booking:
    booking = make_booking(event, person_of(user), school)
    db.session.commit()
    return booking


def apologise(client: GatedClient, booking: Booking, session: Session) -> None:
    assert client.send(f"/cant-come/{make_token(booking.id, session.id)}").status_code == 303


def said() -> list[str]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Mark.kind_key).order_by(Mark.id)))


def test_a_date_that_moves_takes_back_who_had_checked_in(school: School) -> None:
    user, event = make_school_user(school), make_event(STARTS)
    booking = book(event, user, school)
    register = make_register(session_of(event), closed=False)
    make_mark(register, person_of(user), school, booking=booking)
    db.session.commit()
    details = changed_details(
        event, starts_at=STARTS + timedelta(days=7), ends_at=STARTS + timedelta(days=7, hours=2)
    )
    by = acting(make_service_user(ServiceRoleKind.INCLUSION_LEAD))
    planning_services.edit_event(event.id, event.version, details, by=by)
    assert said() == ["not_recorded"]


def test_who_apologised_and_is_sent_instead_of_somebody_comes(
    school: School, client: GatedClient, at: Callable[[datetime], None]
) -> None:
    first, second = make_school_user(school), make_school_user(school, role=SchoolRoleKind.OFFICE)
    event = make_event(NOON + timedelta(days=6), capacity=5)
    apologise(client, book(event, first, school), session_of(event))
    instead_of = book(event, second, school)
    substitute(instead_of.id, first.person_id, by=acting(second))
    db.session.commit()
    assert said() == ["not_recorded"]
    at(NOON + timedelta(days=5))
    remind_of_sessions()
    kind = OutboxMessage.kind == "events/reminder_day"
    reminded = db.session.scalars(sa.select(OutboxMessage.recipient).where(kind))
    assert list(reminded) == [first.email]


def test_taking_part_another_way_keeps_what_was_said_of_a_later_date(
    school: School, client: GatedClient
) -> None:
    user = make_school_user(school)
    course = make_event(STARTS, mode=Mode.HYBRID, capacity=5, online_capacity=5)
    later = STARTS + timedelta(days=7)
    second = Session(
        option_id=option_of(course).id, starts_at=later, ends_at=later + timedelta(hours=2)
    )
    db.session.add(second)
    course.ends_at = second.ends_at
    apologise(client, book(course, user, school), second)
    change_way(course.id, option_id=None, mode=Mode.ONLINE, by=acting(user))
    assert said() == ["apologies"]
