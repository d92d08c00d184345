"""Booking for colleagues, sending somebody else, and places for people to be named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRoleKind, User
from cop_site.bookings import colleague_services
from cop_site.bookings.colleague_services import NewColleague, Party
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.cli.events import let_go_unnamed
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event, Mode
from cop_site.notifications.models import OutboxMessage
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person, make_school_user, make_user
from tests.factories.schools import make_school
from tests.support.client import GatedClient
from tests.support.outbox import states
from tests.support.race import race
from tests.support.statements import count_statements

BOOKED, WAITING = BookingState.BOOKED, BookingState.WAITING
CANCELLED = BookingState.CANCELLED
STARTS = NOON + timedelta(days=10)
NEW = NewColleague("Somebody New", "new@alder.example", SchoolRoleKind.TEACHER)
At = Callable[[datetime], None]


@pytest.fixture
def event(people: People) -> Event:
    event = make_event(STARTS, capacity=2)
    db.session.commit()
    return event


@pytest.fixture
def teacher(people: People) -> User:
    return make_school_user(people.school, role=SchoolRoleKind.TEACHER)


def book(event: Event, people: People, **party: Any) -> list[Booking]:
    wanted = Party(people.school.id, **party)
    by = acting(people.senco)
    return colleague_services.book_party(event.id, wanted, option_id=None, mode=None, by=by)


def mails() -> list[tuple[str, str]]:
    rows = db.session.execute(
        sa.select(OutboxMessage.kind, OutboxMessage.recipient).order_by(OutboxMessage.id)
    )
    return [(kind.removeprefix("events/"), to) for kind, to in rows]


class TestBookParty:
    def test_each_has_a_booking_of_their_own_and_is_told_who_made_it(
        self, event: Event, people: People, teacher: User
    ) -> None:
        first, second = book(event, people, person_ids=[teacher.person_id], newcomers=[NEW])
        assert (first.state, second.state) == (BOOKED, BOOKED)
        assert {first.booked_by_user_id, second.booked_by_user_id} == {people.senco.id}
        roles = db.session.scalars(sa.select(BookingSchool.role)).all()
        assert roles == [SchoolRoleKind.TEACHER] * 2
        assert mails()[1] == ("booking_confirmed", "new@alder.example")
        contexts = db.session.scalars(sa.select(OutboxMessage.context)).all()
        assert all(context["booked_by"] for context in contexts)

    def test_who_comes_too_late_waits_in_order(
        self, event: Event, people: People, teacher: User
    ) -> None:
        ids = [teacher.person_id, *(make_school_user(people.school).person_id for _ in range(2))]
        book(event, people, person_ids=ids)
        assert states() == [BOOKED, BOOKED, WAITING]

    def test_twice_is_once(self, event: Event, people: People, teacher: User) -> None:
        for _ in range(2):
            book(event, people, person_ids=[teacher.person_id], newcomers=[NEW])
        assert states() == [BOOKED, BOOKED]
        assert len(mails()) == 2

    def test_an_address_that_is_known_is_whose_it_is(self, event: Event, people: People) -> None:
        known = make_person(name="Known Already", email="new@alder.example")
        (booking,) = book(event, people, newcomers=[NEW])
        assert booking.person_id == known.id and known.name == "Known Already"

    @pytest.mark.parametrize("case", ["another school", "the service", "only an account"])
    def test_an_address_of_somebody_from_elsewhere_is_refused_at_its_row(
        self, event: Event, people: People, case: str
    ) -> None:
        left = make_user()
        whose = {"another school": people.other, "the service": people.ep, "only an account": left}
        new = NewColleague("Any Name", whose[case].email, SchoolRoleKind.TEACHER, row=2)
        with pytest.raises(DomainError, match="not of your school") as refused:
            book(event, people, newcomers=[new])
        assert refused.value.field == "email_2"

    def test_a_typed_role_never_beats_the_one_they_hold(
        self, event: Event, people: People, teacher: User
    ) -> None:
        typed = NewColleague("Any Name", teacher.email, SchoolRoleKind.SENCO)
        book(event, people, newcomers=[typed])
        roles = db.session.scalars(sa.select(BookingSchool.role)).all()
        assert roles == [SchoolRoleKind.TEACHER]

    @pytest.mark.parametrize("role", ["SENCO", "DEPUTY_SENCO", "HEADTEACHER"])
    def test_nobody_new_comes_as_who_leads(self, event: Event, people: People, role: str) -> None:
        new = NewColleague("Any Name", "any@alder.example", SchoolRoleKind[role])
        with pytest.raises(DomainError, match="Our people"):
            book(event, people, newcomers=[new])

    @pytest.mark.parametrize("case", ["nobody", "too many", "elsewhere"])
    def test_what_does_not_fit_is_refused(self, event: Event, people: People, case: str) -> None:
        parties: dict[str, dict[str, Any]] = {
            "nobody": {},
            "too many": {"unnamed": 21},
            "elsewhere": {"person_ids": [people.other.person_id]},
        }
        party = parties[case]
        with pytest.raises(DomainError):
            book(event, people, **party)
        db.session.rollback()
        assert states() == []

    @pytest.mark.thorough
    def test_one_new_address_at_two_events_at_once_is_one_person(
        self, committed_app: Flask
    ) -> None:
        school = make_school()
        by, school_id = acting(make_school_user(school)), school.id
        events = [make_event(STARTS + timedelta(days=n)).id for n in range(4)]
        db.session.commit()

        def go(event_id: int) -> Callable[[], int]:
            def run() -> int:
                party = Party(school_id, newcomers=[NEW])
                with transaction():
                    (one,) = colleague_services.book_party(
                        event_id, party, option_id=None, mode=None, by=by
                    )
                    return one.person_id

            return run

        given = race(committed_app, [go(event_id) for event_id in events])
        assert len(set(given)) == 1 and isinstance(given[0], int), given


class TestUnnamed:
    def test_takes_a_place_until_somebody_is_named(self, event: Event, people: People) -> None:
        (booking,) = book(event, people, unnamed=1)
        assert (booking.state, booking.is_unnamed, mails()) == (BOOKED, True, [])
        by = acting(people.senco)
        taken = colleague_services.substitute(booking.id, NEW, by=by)
        assert (taken.state, taken.is_unnamed) == (BOOKED, False)
        assert mails() == [("booking_confirmed", "new@alder.example")]

    def test_the_same_form_twice_keeps_them_open_once(self, people: People) -> None:
        many = make_event(STARTS, capacity=20)
        db.session.commit()
        once, twice, other = (
            [one.id for one in book(many, people, unnamed=2, key=key)] for key in ("a", "a", "b")
        )
        assert once == twice
        assert len({*once, *other}) == len(states()) == 4

    def test_goes_on_two_days_before_and_the_booker_is_told(
        self, event: Event, people: People, at: At
    ) -> None:
        book(event, people, unnamed=2)
        make_booking(event, make_person(), people.school, state=WAITING)
        db.session.commit()
        at(STARTS - timedelta(days=2, minutes=1))
        assert let_go_unnamed() == 0
        at(STARTS - timedelta(days=2))
        assert (let_go_unnamed(), let_go_unnamed()) == (2, 0)
        assert states() == [CANCELLED, CANCELLED, BookingState.OFFERED]
        assert [kind for kind, _to in mails()].count("not_named") == 2

    def test_never_waits_and_never_comes_late(self, event: Event, people: People, at: At) -> None:
        with pytest.raises(DomainError, match="not enough places"):
            book(event, people, unnamed=3)
        db.session.rollback()
        at(STARTS - timedelta(days=1))
        with pytest.raises(DomainError, match="too soon"):
            book(event, people, unnamed=1)


class TestSubstitute:
    def test_takes_the_place_and_both_are_told(
        self, event: Event, people: People, teacher: User
    ) -> None:
        senco = db.session.get_one(Person, people.senco.person_id)
        booking = make_booking(event, senco, people.school)
        by = acting(people.senco)
        taken = colleague_services.substitute(booking.id, teacher.person_id, by=by)
        assert states() == [CANCELLED, BOOKED]
        assert booking.cancelled_late is False
        named = sa.select(BookingSchool.role).where(BookingSchool.booking_id == taken.id)
        assert db.session.scalars(named).all() == [SchoolRoleKind.TEACHER]
        assert mails() == [
            ("place_passed", people.senco.email),
            ("booking_confirmed", teacher.email),
        ]

    def test_keeps_the_turn_in_the_list(self, event: Event, people: People, teacher: User) -> None:
        senco = db.session.get_one(Person, people.senco.person_id)
        waits = make_booking(event, senco, people.school, state=WAITING)
        by = acting(people.senco)
        taken = colleague_services.substitute(waits.id, teacher.person_id, by=by)
        assert (taken.state, taken.queued_at) == (WAITING, waits.queued_at)

    def test_who_has_a_booking_already_is_refused(
        self, event: Event, people: People, teacher: User
    ) -> None:
        first, _second = book(event, people, person_ids=[teacher.person_id], newcomers=[NEW])
        with pytest.raises(DomainError, match="already"):
            colleague_services.substitute(first.id, NEW, by=acting(people.senco))

    def test_only_who_books_for_the_school_names_somebody_new(
        self, event: Event, people: People, teacher: User
    ) -> None:
        own = make_booking(event, db.session.get_one(Person, teacher.person_id), people.school)
        for to in (NEW, people.other.person_id):
            with pytest.raises(DomainError, match="from the list"):
                colleague_services.substitute(own.id, to, by=acting(teacher))
        assert states() == [BOOKED]

    def test_an_offer_goes_only_to_who_can_take_it(
        self, event: Event, people: People, teacher: User
    ) -> None:
        offered = make_booking(event, make_person(), people.school, state=BookingState.OFFERED)
        by = acting(people.senco)
        with pytest.raises(DomainError, match="Take the place first"):
            colleague_services.substitute(offered.id, NEW, by=by)
        taken = colleague_services.substitute(offered.id, teacher.person_id, by=by)
        assert taken.state is BookingState.OFFERED

    @pytest.mark.thorough
    def test_five_clicks_are_one(self, committed_app: Flask) -> None:
        school, event = make_school(), make_event(STARTS, capacity=1)
        senco = make_school_user(school)
        booking = make_booking(event, db.session.get_one(Person, senco.person_id), school)
        by, booking_id = acting(senco), booking.id
        db.session.commit()

        def click() -> int:
            with transaction():
                return colleague_services.substitute(booking_id, NEW, by=by).id

        given = race(committed_app, [click] * 5)
        db.session.rollback()
        assert len([one for one in given if isinstance(one, int)]) == 1
        assert all(isinstance(one, int | DomainError) for one in given), given
        assert states() == [CANCELLED, BOOKED]


@pytest.mark.sqlite_only
class TestPages:
    def test_three_are_booked_one_of_them_new(
        self, event: Event, people: People, teacher: User, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        address = f"/events/{event.id}/colleagues"
        new: dict[str, Any] = {"name_1": NEW.name, "email_1": NEW.email, "role_1": "teacher"}
        answer = client.send(address, person_ids=str(teacher.person_id), unnamed="", **new)
        page = client.get(answer.location).text
        assert "Booked for 2 people" in page
        assert NEW.name in page and "Send somebody else" in page

    def test_a_row_half_filled_in_says_what_is_missing_and_keeps_it(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        client.sign_in(people.senco)
        answer = client.send(f"/events/{event.id}/colleagues", name_2="Half Way")
        assert answer.status_code == 422
        assert "Enter the work email address of Half Way" in answer.text
        assert "Choose the role of Half Way" in answer.text
        assert 'value="Half Way"' in answer.text

    def test_a_teacher_sends_somebody_else_only_for_themselves(
        self, event: Event, people: People, teacher: User, client: GatedClient
    ) -> None:
        own = make_booking(event, db.session.get_one(Person, teacher.person_id), people.school)
        theirs = make_booking(event, make_person(), people.school)
        db.session.commit()
        client.sign_in(teacher)
        assert client.get(f"/bookings/{own.id}/substitute").status_code == 200
        assert client.get(f"/bookings/{theirs.id}/substitute").status_code == 404
        assert client.get(f"/events/{event.id}/colleagues").status_code == 403
        new: dict[str, Any] = {"name_1": NEW.name, "email_1": NEW.email, "role_1": "teacher"}
        page = f"/bookings/{own.id}/substitute"
        assert client.send(page, person_id="new", **new).status_code == 422
        answer = client.send(page, person_id=str(people.senco.person_id))
        assert answer.status_code == 303
        assert states() == [CANCELLED, BOOKED, BOOKED]

    def test_sending_somebody_else_again_says_that_it_is_done(
        self, event: Event, people: People, teacher: User, client: GatedClient
    ) -> None:
        theirs = make_booking(event, make_person(), people.school)
        db.session.commit()
        client.sign_in(people.senco)
        for _ in range(2):
            page = f"/bookings/{theirs.id}/substitute"
            answer = client.send(page, person_id=str(teacher.person_id))
            assert "Somebody else comes instead." in client.get(answer.location).text
        assert states() == [CANCELLED, BOOKED]

    def test_a_booking_of_another_school_is_as_one_that_is_not_there(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        theirs = make_booking(event, make_person(), people.school)
        db.session.commit()
        client.sign_in(people.other)
        for page in ("substitute", "cancel", "take"):
            assert client.get(f"/bookings/{theirs.id}/{page}").status_code == 404
        assert client.get("/bookings/99999/cancel").status_code == 404

    def test_a_school_cancels_for_a_colleague(
        self, event: Event, people: People, client: GatedClient
    ) -> None:
        theirs = make_booking(event, make_person(), people.school)
        db.session.commit()
        client.sign_in(people.senco)
        assert client.send(f"/bookings/{theirs.id}/cancel").status_code == 303
        again = client.send(f"/bookings/{theirs.id}/cancel")
        assert "The booking is cancelled." in client.get(again.location).text
        assert states() == [CANCELLED]
        client.sign_in(people.other)
        assert client.get(f"/bookings/{theirs.id}/cancel").status_code == 404

    @pytest.mark.parametrize("count", [2, 20])
    def test_my_bookings_cost_the_same_for_a_few_colleagues_and_many(
        self, people: People, client: GatedClient, count: int
    ) -> None:
        many = make_event(STARTS, capacity=None)
        for _ in range(count):
            make_booking(many, make_person(), people.school)
        db.session.commit()
        client.sign_in(people.senco)
        with count_statements() as said:
            client.get("/bookings")
        assert len(said) <= 10


def test_a_way_that_has_to_be_chosen_is_asked(people: People) -> None:
    hybrid = make_event(STARTS, mode=Mode.HYBRID)
    by: ActingUser = acting(people.senco)
    party = Party(people.school.id, newcomers=[NEW])
    with pytest.raises(DomainError, match="Choose how"):
        colleague_services.book_party(hybrid.id, party, option_id=None, mode=None, by=by)
