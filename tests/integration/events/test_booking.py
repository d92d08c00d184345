"""Booking, the waiting list and cancelling: the rules, by service and by request."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind, ServiceRoleKind
from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.booking_models import Booking, BookingSchool, BookingState
from cop_site.events.booking_services import book_place, cancel_booking
from cop_site.events.models import EventState, Mode
from cop_site.events.services import cancel_event
from cop_site.notifications.models import OutboxMessage
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_booking, make_event
from tests.factories.people import (
    give_school_role,
    give_service_role,
    make_person,
    make_school_user,
    make_user,
)
from tests.factories.schools import make_school
from tests.integration.events.conftest import People
from tests.support.client import GatedClient
from tests.support.statements import count_statements


def _kinds() -> list[str]:
    return list(db.session.scalars(sa.select(OutboxMessage.kind).order_by(OutboxMessage.id)))


def _states() -> list[BookingState]:
    db.session.expire_all()
    return list(db.session.scalars(sa.select(Booking.state).order_by(Booking.id)))


class TestBookPlace:
    def test_with_a_place_left_books_it_and_names_school_and_role(self, people: People) -> None:
        event = make_event(capacity=1)
        booking = book_place(
            event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco)
        )
        assert booking.state is BookingState.BOOKED
        named = db.session.scalars(sa.select(BookingSchool)).one()
        assert (named.school_id, named.role) == (people.school.id, SchoolRoleKind.SENCO)
        assert [change.verb for change in list_changes("booking", booking.id)] == ["added"]
        assert _kinds() == ["events/booking_confirmed"]

    def test_when_full_joins_the_waiting_list(self, people: People) -> None:
        event = make_event(capacity=1)
        make_booking(event, make_person(), people.school)
        booking = book_place(
            event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco)
        )
        assert booking.state is BookingState.WAITING
        assert booking.queued_at == NOON
        assert _kinds() == ["events/waiting_list"]

    def test_an_offer_that_runs_uses_a_place_until_it_runs_out(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(capacity=1)
        make_booking(event, make_person(), people.school, state=BookingState.OFFERED)
        by = acting(people.senco)
        first = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        assert first.state is BookingState.WAITING
        cancel_booking(event.id, by=by)
        at(NOON + timedelta(days=3))
        again = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        assert again.state is BookingState.BOOKED
        assert again.id != first.id

    def test_without_limit_always_books(self, people: People) -> None:
        event = make_event(capacity=None)
        booking = book_place(
            event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco)
        )
        assert booking.state is BookingState.BOOKED

    def test_twice_gives_the_same_booking_and_one_message(self, people: People) -> None:
        event = make_event()
        by = acting(people.senco)
        first = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        second = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        assert first.id == second.id
        assert len(_kinds()) == 1

    def test_hybrid_keeps_two_counts(self, people: People) -> None:
        event = make_event(mode=Mode.HYBRID, capacity=1, online_capacity=5)
        make_booking(event, make_person(), people.school)
        by = acting(people.senco)
        online = book_place(event.id, mode=Mode.ONLINE, school_ids=[people.school.id], by=by)
        assert online.state is BookingState.BOOKED
        room = book_place(
            event.id,
            mode=Mode.IN_PERSON,
            school_ids=[next(iter(acting(people.other).schools))],
            by=acting(people.other),
        )
        assert room.state is BookingState.WAITING

    @pytest.mark.parametrize("schools", [[], [999_999]])
    def test_for_no_school_of_theirs_is_refused(self, people: People, schools: list[int]) -> None:
        event = make_event()
        with pytest.raises(DomainError, match="Choose the school"):
            book_place(event.id, mode=None, school_ids=schools, by=acting(people.senco))

    def test_for_two_schools_takes_one_place(self, people: People) -> None:
        first, second = make_school(), make_school()
        user = make_school_user(first, second)
        event = make_event(capacity=1)
        booking = book_place(event.id, mode=None, school_ids=[first.id, second.id], by=acting(user))
        named = db.session.scalars(
            sa.select(BookingSchool.school_id).where(BookingSchool.booking_id == booking.id)
        )
        assert set(named) == {first.id, second.id}

    def test_after_the_start_is_refused(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event()
        at(event.starts_at)
        with pytest.raises(DomainError, match="has started"):
            book_place(event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco))

    @pytest.mark.parametrize(
        ("state", "error"),
        [(EventState.CANCELLED, DomainError), (EventState.DRAFT, NotFoundError)],
    )
    def test_of_what_is_not_on_is_refused(
        self, people: People, state: EventState, error: type[Exception]
    ) -> None:
        event = make_event(state=state)
        with pytest.raises(error):
            book_place(event.id, mode=None, school_ids=[people.school.id], by=acting(people.senco))


class TestCancelBooking:
    def test_gives_the_place_to_the_head_of_the_list(self, people: People) -> None:
        event = make_event(capacity=1)
        by = acting(people.senco)
        book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        first, second = make_person(), make_person()
        for person in (first, second):
            make_booking(event, person, people.school, state=BookingState.WAITING)
        assert cancel_booking(event.id, by=by) is True
        states = [BookingState.CANCELLED, BookingState.BOOKED, BookingState.WAITING]
        assert _states() == states
        assert _kinds()[1:] == ["events/booking_cancelled", "events/place_given"]

    def test_twice_is_harmless(self, people: People) -> None:
        event = make_event()
        by = acting(people.senco)
        book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        assert cancel_booking(event.id, by=by) is True
        assert cancel_booking(event.id, by=by) is False
        assert _kinds().count("events/booking_cancelled") == 1

    @pytest.mark.parametrize(("hours", "late"), [(25, False), (23, True)])
    def test_under_a_day_before_is_late_but_not_blocked(
        self, people: People, at: Callable[[datetime], None], hours: int, late: bool
    ) -> None:
        event = make_event()
        by = acting(people.senco)
        booking = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        at(event.starts_at - timedelta(hours=hours))
        cancel_booking(event.id, by=by)
        assert (booking.state, booking.cancelled_late) == (BookingState.CANCELLED, late)

    def test_leaving_the_waiting_list_is_never_late(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(capacity=0)
        by = acting(people.senco)
        booking = book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        at(event.starts_at - timedelta(hours=1))
        cancel_booking(event.id, by=by)
        assert booking.cancelled_late is False

    def test_after_the_start_moves_nobody_up(
        self, people: People, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(capacity=1)
        by = acting(people.senco)
        book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        make_booking(event, make_person(), people.school, state=BookingState.WAITING)
        at(event.starts_at + timedelta(minutes=5))
        cancel_booking(event.id, by=by)
        assert _states() == [BookingState.CANCELLED, BookingState.WAITING]

    def test_when_over_is_refused(self, people: People, at: Callable[[datetime], None]) -> None:
        event = make_event()
        by = acting(people.senco)
        book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
        at(event.ends_at)
        with pytest.raises(DomainError, match="is over"):
            cancel_booking(event.id, by=by)


class TestBookByRequest:
    def test_without_javascript_goes_back_to_the_event(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        client.sign_in(people.senco)
        answer = client.send(f"/events/{event.id}/booking")
        assert (answer.status_code, answer.location) == (303, f"/events/{event.id}")
        assert "You have a place" in client.get(answer.location).text

    def test_with_htmx_gives_the_panel(self, people: People, client: GatedClient) -> None:
        event = make_event()
        client.sign_in(people.senco)
        answer = client.send(f"/events/{event.id}/booking", htmx=True)
        assert answer.status_code == 200
        assert 'id="booking_panel"' in answer.text
        assert "You have a place" in answer.text

    def test_two_schools_and_none_chosen_asks_again(
        self, people: People, client: GatedClient
    ) -> None:
        user = make_school_user(make_school(), make_school())
        event = make_event()
        client.sign_in(user)
        answer = client.send(f"/events/{event.id}/booking")
        assert answer.status_code == 422
        assert "Choose the school you are coming for" in answer.text

    @pytest.mark.parametrize("htmx", [False, True])
    def test_a_refusal_is_summed_up_once_above_the_heading_or_in_the_panel(
        self, people: People, client: GatedClient, htmx: bool
    ) -> None:
        client.sign_in(make_school_user(make_school(), make_school()))
        event = make_event()
        text = client.send(f"/events/{event.id}/booking", htmx=htmx).text
        assert text.count("There is a problem") == 1
        if not htmx:
            assert text.index("There is a problem") < text.index("<h1")

    def test_a_place_elsewhere_at_that_time_is_said(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(title="The one")
        same = make_event(event.starts_at + timedelta(hours=1), title="The other")
        after = make_event(event.ends_at, title="The next")
        client.sign_in(people.senco)
        said = "You already have a place at The other at that time."
        client.send(f"/events/{after.id}/booking")
        assert "You already have a place" not in client.get(f"/events/{event.id}").text
        client.send(f"/events/{same.id}/booking")
        with count_statements() as sent:
            page = client.get(f"/events/{event.id}").text
        assert said in page
        assert len(sent) <= 6
        assert said in client.send(f"/events/{event.id}/booking", htmx=True).text
        client.send(f"/events/{same.id}/booking/cancel")
        assert said not in client.get(f"/events/{event.id}").text

    def test_a_school_of_somebody_else_is_not_taken(
        self, people: People, client: GatedClient
    ) -> None:
        mine = make_school()
        client.sign_in(make_school_user(mine, make_school()))
        event = make_event()
        answer = client.send(f"/events/{event.id}/booking", school_ids=str(people.school.id))
        assert answer.status_code == 422
        assert _states() == []

    def test_nonsense_in_every_field_is_422(self, people: People, client: GatedClient) -> None:
        user = make_school_user(make_school(), make_school())
        event = make_event(mode=Mode.HYBRID)
        client.sign_in(user)
        for nonsense in ("x", "9" * 400, "\u202e", "-1"):
            answer = client.send(f"/events/{event.id}/booking", school_ids=nonsense, mode=nonsense)
            assert answer.status_code == 422

    def test_takes_few_statements(self, people: People, client: GatedClient) -> None:
        event = make_event()
        client.sign_in(people.senco)
        with count_statements() as sent:
            answer = client.send(f"/events/{event.id}/booking")
            client.get(answer.location)
        assert len(sent) <= 15

    def test_cancelling_asks_first_and_then_cancels(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        assert "Cancel booking" in client.get(f"/events/{event.id}/booking/cancel").text
        assert client.send(f"/events/{event.id}/booking/cancel").status_code == 303
        assert _states() == [BookingState.CANCELLED]

    def test_somebody_whose_role_has_ended_can_still_cancel(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        person = make_person()
        role = give_school_role(person, people.school)
        user = make_user(person)
        event = make_event()
        client.sign_in(user)
        client.send(f"/events/{event.id}/booking")
        role.ends_on = NOON.date()
        db.session.commit()
        at(NOON + timedelta(days=1))
        client.sign_in(user)
        assert client.send(f"/events/{event.id}/booking/cancel").status_code == 303
        assert _states() == [BookingState.CANCELLED]

    def test_my_bookings_lists_what_is_ahead_and_what_was(
        self, people: People, client: GatedClient
    ) -> None:
        ahead, gone = make_event(title="Ahead of us"), make_event(title="Given up")
        client.sign_in(people.senco)
        client.send(f"/events/{ahead.id}/booking")
        client.send(f"/events/{gone.id}/booking")
        client.send(f"/events/{gone.id}/booking/cancel")
        page = client.get("/bookings").text
        assert page.index("Ahead of us") < page.index("Past and cancelled") < page.index("Given up")

    def test_my_bookings_say_who_cancelled(self, people: People, client: GatedClient) -> None:
        own, called_off = make_event(title="Given up"), make_event(title="Called off")
        client.sign_in(people.senco)
        for event in (own, called_off):
            client.send(f"/events/{event.id}/booking")
        client.send(f"/events/{own.id}/booking/cancel")
        cancel_event(called_off.id, "Snow on the roads", by=acting(people.ep))
        db.session.commit()
        page = client.get("/bookings").text
        assert "Coming up" not in page
        gone = page[page.index("Past and cancelled") :]
        assert gone.count("You cancelled") == 1
        assert gone.count("The event was cancelled") == 1
        assert "Snow on the roads" in gone

    @pytest.mark.parametrize("count", [3, 30])
    def test_my_bookings_takes_the_same_statements(
        self, people: People, client: GatedClient, count: int
    ) -> None:
        by = acting(people.senco)
        for _ in range(count):
            book_place(make_event().id, mode=None, school_ids=[people.school.id], by=by)
        db.session.commit()
        client.sign_in(people.senco)
        with count_statements() as sent:
            client.get("/bookings")
        assert len(sent) == 7


class TestTransaction:
    def test_an_error_inside_leaves_nothing(self, people: People) -> None:
        event = make_event()
        by = acting(people.senco)
        db.session.commit()
        with pytest.raises(ZeroDivisionError), transaction():
            book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
            raise ZeroDivisionError
        assert _states() == []
        assert _kinds() == []

    def test_the_database_itself_refuses_a_second_live_booking(self, people: People) -> None:
        event = make_event()
        person = make_person()
        db.session.commit()
        with pytest.raises(DomainError, match="already have a booking"), transaction():
            make_booking(event, person, people.school)
            db.session.add(
                Booking(
                    event_id=event.id,
                    option_id=db.session.scalars(sa.select(Booking.option_id)).one(),
                    person_id=person.id,
                    mode=Mode.IN_PERSON,
                    state=BookingState.BOOKED,
                    created_at=clock.now(),
                )
            )


class TestRefusalOnThePage:
    def test_of_a_cancelled_event_shows_the_page_with_the_reason(
        self, people: People, client: GatedClient
    ) -> None:
        """Staff with a school role see the panel that needs the event's dates loaded."""
        event = make_event(state=EventState.CANCELLED, cancel_reason="Snow")
        person = db.session.get_one(Person, people.senco.person_id)
        give_service_role(person, ServiceRoleKind.SUPPORT_OFFICER)
        client.sign_in(people.senco)
        for htmx in (False, True):
            answer = client.send(f"/events/{event.id}/booking", htmx=htmx)
            assert answer.status_code == 422
            assert "has been cancelled" in answer.text
