"""Whoever leaves a school makes nothing more of its bookings, and what was held stays."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, User
from cop_site.bookings import (
    change_way_services,
    colleague_services,
    need_queries,
    waiting_services,
)
from cop_site.bookings import services as booking_services
from cop_site.bookings.colleague_services import Party
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.need_models import RememberedNeeds
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event, Mode, Option, Session
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import give_school_role, make_person, make_school_user
from tests.support.client import GatedClient

At = Callable[[datetime], None]
STARTS = NOON + timedelta(days=9)
BOOKED = BookingState.BOOKED


@pytest.fixture
def event(people: People) -> Event:
    event = make_event(STARTS, mode=Mode.HYBRID, capacity=1, online_capacity=5)
    db.session.commit()
    return event


def leave(user: User, last: date) -> None:
    query = sa.update(SchoolRole).where(SchoolRole.person_id == user.person_id)
    db.session.execute(query.values(ends_on=last))
    db.session.commit()


def held_by(event: Event, user: User, people: People, state: BookingState = BOOKED) -> Booking:
    person = db.session.get_one(Person, user.person_id)
    booking = make_booking(event, person, people.school, state=state)
    db.session.commit()
    return booking


def another_option(event: Event, days: int) -> Option:
    """A time to choose from that many days after the event's first."""
    begins = event.starts_at + timedelta(days=days)
    option = Option(event_id=event.id, position=1, mode=Mode.IN_PERSON)
    option.sessions.append(Session(starts_at=begins, ends_at=begins + timedelta(hours=2)))
    db.session.add(option)
    event.ends_at = max(event.ends_at, begins + timedelta(hours=2))
    db.session.commit()
    return option


class TestWhoComesInstead:
    @pytest.mark.parametrize("days", [-1, 0])
    def test_is_nobody_who_leaves_before_the_event(
        self, event: Event, people: People, days: int
    ) -> None:
        held = held_by(event, people.senco, people)
        other = make_person()
        last = STARTS.date() + timedelta(days=days)
        give_school_role(other, people.school, SchoolRoleKind.TEACHER, ends_on=last)
        db.session.commit()
        by = acting(people.senco)
        if days < 0:
            with pytest.raises(DomainError, match="leave the school before") as refused:
                colleague_services.substitute(held.id, other.id, by=by)
            assert refused.value.field == "person_id"
        else:
            assert colleague_services.substitute(held.id, other.id, by=by).state is BOOKED


class TestLeft:
    def test_an_offer_is_not_taken(self, event: Event, people: People) -> None:
        held_by(event, people.senco, people, BookingState.OFFERED)
        leave(people.senco, NOON.date() - timedelta(days=1))
        with pytest.raises(DomainError, match="You have no role at Alder Lane Primary any more"):
            waiting_services.take_place(event.id, by=acting(people.senco))

    def test_nobody_is_named_and_no_names_are_shown(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        held = held_by(event, people.senco, people)
        colleague = make_school_user(people.school, name="Cody Colleague")
        leave(people.senco, NOON.date() - timedelta(days=1))
        client.sign_in(people.senco)
        page = client.get(f"/bookings/{held.id}/substitute")
        assert page.status_code == 403 and "Cody" not in page.text
        with pytest.raises(DomainError, match="no role"):
            colleague_services.substitute(held.id, colleague.person_id, by=acting(people.senco))

    def test_the_way_is_not_changed(self, event: Event, people: People) -> None:
        held_by(event, people.senco, people)
        leave(people.senco, NOON.date() - timedelta(days=1))
        with pytest.raises(DomainError, match="no role"):
            change_way_services.change_way(
                event.id, option_id=None, mode=Mode.ONLINE, by=acting(people.senco)
            )

    @pytest.mark.parametrize("last", [NOON.date() - timedelta(days=1), STARTS.date()])
    def test_a_role_that_ended_while_they_booked_books_nothing_after_it(
        self, event: Event, people: People, last: date
    ) -> None:
        """What the page knew of them was read before their role ended."""
        by = acting(people.senco)
        leave(people.senco, last)
        ids = [people.school.id]
        if last == STARTS.date():
            booking_services.book_place(event.id, mode=Mode.ONLINE, school_ids=ids, by=by)
            return
        with pytest.raises(DomainError, match="ends before this event"):
            booking_services.book_place(event.id, mode=Mode.ONLINE, school_ids=ids, by=by)

    def test_a_colleague_who_leaves_before_it_is_not_booked(
        self, event: Event, people: People
    ) -> None:
        leaver = make_person("Lena Leaver")
        role = give_school_role(leaver, people.school, SchoolRoleKind.TEACHER)
        role.ends_on = STARTS.date() - timedelta(days=1)
        db.session.commit()
        party = Party(people.school.id, person_ids=[leaver.id])
        with pytest.raises(DomainError, match="Lena Leaver leaves the school before"):
            colleague_services.book_party(
                event.id, party, option_id=None, mode=Mode.ONLINE, by=acting(people.senco)
            )


class TestHeld:
    """The date that somebody booked was held, and another to choose from is still to come."""

    def test_is_not_cancelled(self, event: Event, people: People, at: At) -> None:
        held_by(event, people.senco, people)
        another_option(event, days=7)
        at(STARTS + timedelta(days=1))
        with pytest.raises(DomainError, match="over"):
            booking_services.cancel_booking(event.id, by=acting(people.senco))

    def test_is_not_changed_for_the_other(self, event: Event, people: People, at: At) -> None:
        held_by(event, people.senco, people)
        other = another_option(event, days=7)
        at(STARTS + timedelta(minutes=1))
        with pytest.raises(DomainError, match="has begun"):
            change_way_services.change_way(
                event.id, option_id=other.id, mode=None, by=acting(people.senco)
            )

    def test_the_other_is_cancelled_as_ever(self, event: Event, people: People, at: At) -> None:
        booking = held_by(event, people.senco, people)
        booking.option_id = another_option(event, days=7).id
        db.session.commit()
        at(STARTS + timedelta(days=1))
        assert booking_services.cancel_booking(event.id, by=acting(people.senco))


def test_who_comes_instead_brings_what_they_need(event: Event, people: People) -> None:
    booking = held_by(event, people.senco, people)
    instead = make_person()
    give_school_role(instead, people.school, SchoolRoleKind.TEACHER)
    db.session.add(RememberedNeeds(person_id=instead.id, access="Ramp", diet="", noted_at=NOON))
    db.session.commit()
    taken = colleague_services.substitute(booking.id, instead.id, by=acting(people.senco))
    brought = need_queries.find_needs(taken.id)
    assert brought is not None and brought.access == "Ramp"
