"""What becomes of a SENCO's bookings when they hand over."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind, User
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.db import db
from cop_site.events.models import Event, EventState, Mode, Session
from cop_site.notifications.delivery import compose
from cop_site.notifications.models import OutboxMessage
from cop_site.people import handover_services
from cop_site.people.handover_services import Handover
from cop_site.people.signals import Passed
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_booking, make_event, option_of
from tests.factories.people import make_school_user, role_of
from tests.factories.schools import make_school

FIRST_DAY = datetime(2026, 11, 30, tzinfo=clock.LONDON).date()
AHEAD = datetime(2026, 12, 8, 13, 30, tzinfo=clock.LONDON)
BOOKED, WAITING, CANCELLED = BookingState.BOOKED, BookingState.WAITING, BookingState.CANCELLED


class World:
    def __init__(self) -> None:
        self.school, self.other = make_school("Oak"), make_school("Elm")
        self.old = make_school_user(self.school, self.other, name="Old Senco")
        self.new = make_school_user(self.school, role=SchoolRoleKind.TEACHER, name="New Senco")
        self.office = acting(make_school_user(self.school, role=SchoolRoleKind.OFFICE))

    def person(self, user: User) -> Person:
        return db.session.get_one(Person, user.person_id)

    def book(self, event: Event, state: BookingState = BOOKED) -> Booking:
        booking = make_booking(event, self.person(self.old), self.school, state=state)
        db.session.commit()
        return booking

    def hand_over(self, *, moves: bool = True) -> Passed:
        role_id = role_of(self.old, self.school).id
        db.session.commit()
        handover = Handover(self.new.person_id, FIRST_DAY, moves_bookings=moves)
        with transaction():
            done = handover_services.hand_over(self.school.id, role_id, handover, by=self.office)
        assert done.passed is not None
        return done.passed

    def states(self, event: Event) -> list[tuple[str, BookingState]]:
        rows = db.session.execute(
            sa.select(Person.name, Booking.state)
            .join(Person, Person.id == Booking.person_id)
            .where(Booking.event_id == event.id)
            .order_by(Booking.id)
        )
        return [(name, state) for name, state in rows]


def newest() -> Booking:
    found = db.session.scalars(sa.select(Booking).order_by(Booking.id.desc())).first()
    assert found is not None
    return found


def messages() -> list[OutboxMessage]:
    rows = db.session.scalars(
        sa.select(OutboxMessage)
        .where(OutboxMessage.kind.startswith("events/"))
        .order_by(OutboxMessage.id)
    )
    return list(rows)


def text_of(row: OutboxMessage) -> str:
    body = compose(row).get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


@pytest.fixture
def world(app: Flask) -> World:
    return World()


class TestPassOnBookings:
    def test_place_passes_by_a_new_row_and_both_are_told(self, world: World) -> None:
        event = make_event(AHEAD, capacity=1, title="Network")
        old = world.book(event)
        assert world.hand_over() == Passed(1)
        assert world.states(event) == [("Old Senco", CANCELLED), ("New Senco", BOOKED)]
        row = db.session.get_one(Booking, old.id)
        assert (row.person_id, row.cancelled_late) == (world.old.person_id, False)
        named = db.session.scalars(
            sa.select(BookingSchool).where(BookingSchool.booking_id == newest().id)
        ).one()
        assert (named.school_id, named.role) == (world.school.id, SchoolRoleKind.SENCO)
        told = {row.recipient: row for row in messages()}
        gone = told[world.person(world.old).email or ""]
        come = told[world.person(world.new).email or ""]
        assert gone.context["calendar"]["method"] == "CANCEL"
        assert come.context["calendar"]["method"] == "PUBLISH"
        assert "is now theirs" in text_of(gone)
        assert "Their place at Network is now yours" in text_of(come)

    def test_place_in_the_queue_is_kept(self, world: World) -> None:
        event = make_event(AHEAD, capacity=1)
        make_booking(event, world.person(make_school_user(world.other)), world.other)
        old = world.book(event, WAITING)
        old.queued_at = NOON - timedelta(hours=1)
        behind = make_school_user(world.other, name="Behind")
        make_booking(event, world.person(behind), world.other, state=WAITING)
        world.hand_over()
        assert (newest().state, newest().queued_at) == (WAITING, NOON - timedelta(hours=1))
        first = db.session.scalars(
            sa.select(Booking.person_id)
            .where(Booking.state == WAITING)
            .order_by(Booking.queued_at, Booking.id)
        ).first()
        assert first == world.new.person_id
        come = messages()[-1]
        assert "calendar" not in come.context
        assert compose(come)["Subject"].startswith("You are on the waiting list")

    def test_offer_passes_with_its_end(self, world: World) -> None:
        event = make_event(AHEAD, capacity=1)
        old = world.book(event, BookingState.OFFERED)
        world.hand_over()
        assert newest().state is BookingState.OFFERED
        assert newest().offer_expires_at == old.offer_expires_at
        come = messages()[-1]
        assert compose(come)["Subject"].startswith("A place is offered to you")
        assert "You take over from Old Senco" in text_of(come)

    def test_who_has_a_booking_already_keeps_it_and_the_other_place_goes_on(
        self, world: World
    ) -> None:
        event = make_event(AHEAD, capacity=2)
        world.book(event)
        make_booking(event, world.person(world.new), world.school)
        behind = make_school_user(world.other, name="Behind")
        make_booking(event, world.person(behind), world.other, state=WAITING)
        assert world.hand_over() == Passed(1)
        assert world.states(event) == [
            ("Old Senco", CANCELLED),
            ("New Senco", BOOKED),
            ("Behind", BookingState.OFFERED),
        ]
        text = text_of(messages()[0])
        assert "They have a booking" in text and "yours is cancelled" in text

    def test_cancelled_booking_of_the_new_one_is_not_revived(self, world: World) -> None:
        event = make_event(AHEAD)
        make_booking(event, world.person(world.new), world.school, state=CANCELLED)
        world.book(event)
        world.hand_over()
        assert world.states(event) == [
            ("New Senco", CANCELLED),
            ("Old Senco", CANCELLED),
            ("New Senco", BOOKED),
        ]

    def test_booking_that_names_another_school_stays_and_is_said(self, world: World) -> None:
        event = make_event(AHEAD, title="Network")
        make_booking(event, world.person(world.old), world.school, world.other)
        passed = world.hand_over()
        assert passed.moved == 0
        assert passed.stayed == (
            "“Network” on 8 December 2026 stays with Old Senco: it is for Elm too.",
        )
        assert world.states(event) == [("Old Senco", BOOKED)]

    def test_booking_for_another_school_alone_is_no_matter(self, world: World) -> None:
        event = make_event(AHEAD)
        make_booking(event, world.person(world.old), world.other)
        assert world.hand_over() == Passed()

    def test_only_from_the_first_day_on(self, world: World) -> None:
        midnight = clock.from_london(FIRST_DAY, datetime.min.time())
        before = make_event(midnight - timedelta(hours=6))
        on_the_day = make_event(midnight + timedelta(hours=9), mode=Mode.ONLINE)
        make_booking(on_the_day, world.person(world.old), world.school, mode=Mode.ONLINE)
        world.book(before)
        assert world.hand_over() == Passed(1)
        assert world.states(before) == [("Old Senco", BOOKED)]
        assert newest().mode is Mode.ONLINE

    def test_series_that_begins_before_stays_and_is_said(self, world: World) -> None:
        event = make_event(AHEAD - timedelta(days=14), title="Series")
        event.ends_at = AHEAD + timedelta(hours=2)
        db.session.add(
            Session(option_id=option_of(event).id, starts_at=AHEAD, ends_at=event.ends_at)
        )
        world.book(event)
        passed = world.hand_over()
        assert "stays with Old Senco: it begins before that day" in passed.stayed[0]
        assert world.states(event) == [("Old Senco", BOOKED)]

    @pytest.mark.parametrize("state", [EventState.CANCELLED, EventState.DRAFT])
    def test_event_that_is_off_is_left_alone(self, world: World, state: EventState) -> None:
        event = make_event(AHEAD, state=state)
        world.book(event)
        assert world.hand_over() == Passed()

    def test_nothing_moves_unless_asked(self, world: World) -> None:
        event = make_event(AHEAD)
        world.book(event)
        assert world.hand_over(moves=False) == Passed()
        assert world.states(event) == [("Old Senco", BOOKED)]
        assert messages() == []
