"""Booking somebody whom another school has booked, and sending the same form twice."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRoleKind, User
from cop_site.bookings import colleague_services
from cop_site.bookings.colleague_services import NewColleague, Party
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event
from cop_site.notifications.models import OutboxMessage
from cop_site.schools.models import School
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_event
from tests.factories.people import give_school_role, make_person, make_school_user
from tests.factories.schools import make_school
from tests.support.client import GatedClient
from tests.support.outbox import states

STARTS = NOON + timedelta(days=10)
NEW = NewColleague("Name Written First", "new@alder.example", SchoolRoleKind.TEACHER)
SECOND = NewColleague("Another Name", "new@alder.example", SchoolRoleKind.TEACHER, row=2)
BOTH = SchoolRoleKind.TEACHER


@pytest.fixture
def event(people: People) -> Event:
    event = make_event(STARTS, capacity=20)
    db.session.commit()
    return event


@pytest.fixture
def second(people: People) -> tuple[School, User]:
    """A school, and its SENCO."""
    school = make_school()
    return school, make_school_user(school)


def book(event: Event, school_id: int, by: User, **party: Any) -> list[Booking]:
    wanted = Party(school_id, **party)
    return colleague_services.book_party(event.id, wanted, option_id=None, mode=None, by=acting(by))


def named() -> list[int]:
    return list(db.session.scalars(sa.select(BookingSchool.school_id).order_by(BookingSchool.id)))


class TestBookParty:
    def test_somebody_of_no_school_whom_another_booked_is_refused_without_their_name(
        self, event: Event, people: People, second: tuple[School, User]
    ) -> None:
        school, senco = second
        book(event, people.school.id, people.senco, newcomers=[NEW])
        with pytest.raises(DomainError, match="has a booking for this event already") as refused:
            book(event, school.id, senco, newcomers=[SECOND])
        assert refused.value.field == "email_2"
        assert NEW.email in refused.value.sentence
        assert NEW.name not in refused.value.sentence
        assert people.school.name not in refused.value.sentence
        assert named() == [people.school.id]

    def test_who_works_at_both_has_one_booking_that_names_both_and_is_told_once(
        self, event: Event, people: People, second: tuple[School, User]
    ) -> None:
        school, senco = second
        both = make_school_user(people.school, school, role=BOTH)
        (first,) = book(event, people.school.id, people.senco, person_ids=[both.person_id])
        for _ in range(2):
            (again,) = book(event, school.id, senco, person_ids=[both.person_id])
            assert again.id == first.id
        assert named() == [people.school.id, school.id]
        kinds = db.session.scalars(sa.select(OutboxMessage.kind).order_by(OutboxMessage.id))
        assert list(kinds) == ["events/booking_confirmed", "events/school_added"]

    def test_who_could_not_change_it_themselves_invites_first(
        self, event: Event, people: People, second: tuple[School, User]
    ) -> None:
        school, senco = second
        both = make_person()
        for one in (people.school, school):
            give_school_role(both, one, BOTH)
        book(event, people.school.id, people.senco, person_ids=[both.id])
        with pytest.raises(DomainError, match="Invite them"):
            book(event, school.id, senco, person_ids=[both.id])

    def test_a_school_at_its_limit_is_not_added(
        self, event: Event, people: People, second: tuple[School, User]
    ) -> None:
        school, senco = second
        both = make_school_user(people.school, school, role=BOTH)
        event.school_limit, event.school_limit_until = 1, STARTS - timedelta(days=3)
        db.session.flush()
        book(event, people.school.id, people.senco, person_ids=[both.person_id])
        book(event, school.id, senco, person_ids=[senco.person_id])
        with pytest.raises(DomainError, match="as many places as it may"):
            book(event, school.id, senco, person_ids=[both.person_id])

    def test_places_that_were_cancelled_are_not_said_to_be_kept(
        self, event: Event, people: People
    ) -> None:
        keep = {"unnamed": 2, "key": "form"}
        first, _second = book(event, people.school.id, people.senco, **keep)
        colleague_services.cancel_for_colleague(first.id, by=acting(people.senco))
        with pytest.raises(DomainError, match="changed its places since") as refused:
            book(event, people.school.id, people.senco, **keep)
        assert refused.value.field == "unnamed"

    def test_a_place_named_since_is_still_kept_by_the_same_form(
        self, event: Event, people: People
    ) -> None:
        keep = {"unnamed": 1, "key": "form"}
        (kept,) = book(event, people.school.id, people.senco, **keep)
        colleague_services.substitute(kept.id, NEW, by=acting(people.senco))
        assert book(event, people.school.id, people.senco, **keep) == []
        assert states() == [BookingState.CANCELLED, BookingState.BOOKED]


@pytest.mark.sqlite_only
class TestPages:
    def test_the_same_form_again_is_answered_as_the_first(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        teacher = make_school_user(people.school, role=SchoolRoleKind.TEACHER)
        db.session.commit()
        client.sign_in(people.senco)
        page = f"/events/{event.id}/colleagues"
        for _ in range(3):
            answer = client.send(page, person_ids=str(teacher.person_id), unnamed="1", key="form")
            assert answer.status_code == 303
            listed = client.get(answer.location).text
            assert "Booked for 1 person." in listed
            assert "You have 1 place for people to be confirmed." in listed
        assert states() == [BookingState.BOOKED] * 2
        assert db.session.get_one(Person, teacher.person_id).name not in client.get(page).text

    def test_a_school_that_is_added_is_told_so_and_lists_it_without_the_other(
        self, event: Event, people: People, second: tuple[School, User], client: GatedClient
    ) -> None:
        school, senco = second
        both = make_school_user(people.school, school, role=BOTH)
        book(event, people.school.id, people.senco, person_ids=[both.person_id])
        db.session.commit()
        client.sign_in(senco)
        page = f"/events/{event.id}/colleagues"
        assert "They have a booking: it will name your school too" in client.get(page).text
        answer = client.send(page, person_ids=str(both.person_id), unnamed="")
        listed = client.get(answer.location).text
        assert "1 person had a booking already, and it names your school." in listed
        assert f"For {school.name} and another school" in listed
        assert "Only they can change it" in listed
        assert people.school.name not in listed
