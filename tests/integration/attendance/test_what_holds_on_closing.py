"""Closing a register: who had a place when it began, and for which schools a mark counts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import audit
from cop_site.accounts.models import Person, ServiceRoleKind, User
from cop_site.attendance.models import Mark, MarkSchool
from cop_site.attendance.services import close_register, mark_person
from cop_site.bookings import services as booking_services
from cop_site.bookings.apology_links import make_token
from cop_site.bookings.colleague_services import Party, book_party
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.events.models import Event, Session
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_booking, make_event, option_of, session_of
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.integration.attendance.marking import tap
from tests.support.client import GatedClient

At = Callable[[datetime], None]
BEGINS = NOON + timedelta(days=2)


@pytest.fixture
def authority(app: Flask) -> None:
    make_authority()


def person_of(user: User) -> Person:
    return db.session.get_one(Person, user.person_id)


def booked(event: Event, user: User, *schools: object) -> Booking:
    booking = make_booking(event, person_of(user), *schools)  # type: ignore[arg-type]
    booking.place_given_at = booking.created_at = NOON - timedelta(days=9)
    db.session.commit()
    return booking


def said() -> dict[int, str]:
    rows = db.session.execute(sa.select(Mark.person_id, Mark.kind_key))
    return {person_id: kind for person_id, kind in rows}


def counted_for() -> set[int]:
    return set(db.session.scalars(sa.select(MarkSchool.school_id)))


def lead() -> User:
    return make_service_user(ServiceRoleKind.INCLUSION_LEAD)


class TestWhoHadAPlace:
    def test_giving_it_up_once_it_has_begun_is_no_way_out(
        self, authority: None, client: GatedClient
    ) -> None:
        school = make_school()
        late, early, there = (make_school_user(school) for _ in range(3))
        event = make_event(NOON - timedelta(minutes=30))
        for user in (late, early, there):
            booking = booked(event, user, school)
        gone = booked_before_it_began(event, early)
        booking_services.cancel_booking(event.id, by=acting(late))
        db.session.commit()
        assert gone.cancelled_late
        client.sign_in(taker := lead())
        page = client.get(f"/sessions/{session_of(event).id}/register/close").text
        assert "0 of 2 marked." in page and "2 people are not recorded." in page
        close_register(session_of(event).id, mark_rest=True, by=acting(taker))
        absent = "did_not_attend"
        assert said() == {late.person_id: absent, there.person_id: absent}
        assert booking.is_live

    def test_on_a_course_it_is_asked_for_each_date(self, authority: None) -> None:
        school = make_school()
        user = make_school_user(school)
        event = make_event(NOON - timedelta(days=1))
        later = NOON + timedelta(days=14)
        second = Session(
            option_id=option_of(event).id, starts_at=later, ends_at=later + timedelta(hours=1)
        )
        second.venue = second.join_link = second.address = second.access_notes = ""
        db.session.add(second)
        event.ends_at = second.ends_at
        booked(event, user, school)
        first = min(option_of(event).sessions, key=lambda one: one.starts_at)
        booking_services.cancel_booking(event.id, by=acting(user))
        close_register(first.id, mark_rest=True, by=acting(lead()))
        assert said() == {user.person_id: "did_not_attend"}


def booked_before_it_began(event: Event, user: User) -> Booking:
    """Gave their place up an hour before: late, and nobody expects them."""
    booking = db.session.scalars(
        sa.select(Booking).where(Booking.event_id == event.id, Booking.person_id == user.person_id)
    ).one()
    booking_services.cancel_booking(event.id, by=acting(user))
    booking.cancelled_at = event.starts_at - timedelta(hours=1)
    db.session.commit()
    return booking


class TestForWhichSchools:
    def test_who_apologised_for_one_school_and_came_for_another(
        self, authority: None, client: GatedClient, at: At
    ) -> None:
        first, other = make_school("Alder"), make_school("Beech")
        user, event = make_school_user(first, other), make_event(BEGINS)
        booking = booked(event, user, first)
        client.send(f"/cant-come/{make_token(booking.id, session_of(event).id)}")
        booking_services.book_place(event.id, mode=None, school_ids=[other.id], by=acting(user))
        db.session.commit()
        at(BEGINS + timedelta(minutes=5))
        take(event, user)
        mark = db.session.scalars(sa.select(Mark)).one()
        assert counted_for() == {other.id} and mark.booking_id != booking.id
        (change,) = [
            one
            for one in audit.list_changes("mark", mark.id)
            if one.verb == "counts for other schools"
        ]
        assert (change.was, change.now) == (
            {"school_ids": [first.id]},
            {"school_ids": [other.id]},
        )

    def test_a_second_school_that_books_somebody_who_is_marked(
        self, authority: None, at: At
    ) -> None:
        first, other = make_school("Alder"), make_school("Beech")
        user, senco = make_school_user(first, other), make_school_user(other)
        event = make_event(NOON + timedelta(hours=2))
        booked(event, user, first)
        mark_person(session_of(event).id, tap(person_of(user)), by=acting(taker := lead()))
        party = Party(other.id, [user.person_id])
        book_party(event.id, party, option_id=None, mode=None, by=acting(senco))
        db.session.commit()
        at(NOON + timedelta(hours=3))
        close_register(session_of(event).id, mark_rest=False, by=acting(taker))
        assert counted_for() == {first.id, other.id}

    def test_what_is_right_already_leaves_no_trace(self, authority: None) -> None:
        school = make_school()
        user, event = make_school_user(school), make_event(NOON - timedelta(minutes=5))
        booked(event, user, school)
        take(event, user)
        mark = db.session.scalars(sa.select(Mark)).one()
        assert counted_for() == {school.id} and not audit.list_changes("mark", mark.id)


def take(event: Event, user: User) -> None:
    taker = acting(lead())
    mark_person(session_of(event).id, tap(person_of(user)), by=taker)
    close_register(session_of(event).id, mark_rest=False, by=taker)


def test_an_apology_that_was_overtaken_is_not_the_first(
    authority: None, client: GatedClient, at: At
) -> None:
    school = make_school()
    user, event = make_school_user(school), make_event(BEGINS)
    booking = booked(event, user, school)
    session = session_of(event)
    client.send(f"/cant-come/{make_token(booking.id, session.id)}")
    booking_services.book_place(event.id, mode=None, school_ids=[school.id], by=acting(user))
    db.session.commit()
    at(after := BEGINS + timedelta(minutes=30))
    mark_person(session.id, tap(person_of(user), "apologies"), by=acting(lead()))
    assert db.session.scalars(sa.select(Mark)).one().apology_received_at == after
