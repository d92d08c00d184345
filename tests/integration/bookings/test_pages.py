"""Booking as a browser does it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRoleKind
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.services import book_place
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import EventState, Mode
from cop_site.planning.services import cancel_event
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import (
    give_school_role,
    give_service_role,
    make_person,
    make_school_user,
    make_user,
)
from tests.factories.schools import make_school
from tests.support.client import GatedClient
from tests.support.outbox import kinds, states
from tests.support.statements import count_statements

pytestmark = pytest.mark.sqlite_only


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
        assert states() == []

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
        # One of them waits for the person's row, so that nobody erased meanwhile is left booked.
        assert len(sent) <= 16

    def test_cancelling_asks_first_and_then_cancels(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        assert "Cancel booking" in client.get(f"/events/{event.id}/booking/cancel").text
        assert client.send(f"/events/{event.id}/booking/cancel").status_code == 303
        assert states() == [BookingState.CANCELLED]

    def test_cancelling_once_it_is_over_says_so(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        event = make_event(NOON + timedelta(hours=1))
        make_booking(event, db.session.get_one(Person, people.senco.person_id), people.school)
        db.session.commit()
        client.sign_in(people.senco)
        address = f"/events/{event.id}/booking/cancel"
        assert client.get(address).status_code == 200
        at(event.ends_at)
        answer = client.send(address, reason="Ill")
        assert answer.status_code == 422
        assert "This event is over, so the booking can’t be cancelled." in answer.text
        assert "Ill" in answer.text
        assert states() == [BookingState.BOOKED]

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
        assert states() == [BookingState.CANCELLED]

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

    def test_my_bookings_say_what_was_cancelled(self, people: People, client: GatedClient) -> None:
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
        assert gone.count(">Cancelled<") == 1
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
        assert len(sent) == 8


class TestTransaction:
    def test_an_error_inside_leaves_nothing(self, people: People) -> None:
        event = make_event()
        by = acting(people.senco)
        db.session.commit()
        with pytest.raises(ZeroDivisionError), transaction():
            book_place(event.id, mode=None, school_ids=[people.school.id], by=by)
            raise ZeroDivisionError
        assert states() == []
        assert kinds() == []

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
