"""Who answers an offer for a colleague without an account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind
from cop_site.bookings import colleague_services, replacement_services, waiting_services
from cop_site.bookings.colleague_services import NewColleague, Party
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.notifications.models import OutboxMessage
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person, make_school_user
from tests.support.client import GatedClient
from tests.support.outbox import states

BOOKED, WAITING = BookingState.BOOKED, BookingState.WAITING
CANCELLED = BookingState.CANCELLED
STARTS = NOON + timedelta(days=10)
NEW = NewColleague("Somebody New", "new@alder.example", SchoolRoleKind.TEACHER)
At = Callable[[datetime], None]


def book_where_full(people: People, **party: Any) -> Booking:
    """Somebody on the waiting list of an event with one place."""
    full = make_event(STARTS, capacity=1)
    make_booking(full, make_person(), people.school)
    db.session.commit()
    wanted = Party(people.school.id, **(party or {"newcomers": [NEW]}))
    (waits,) = colleague_services.book_party(
        full.id, wanted, option_id=None, mode=None, by=acting(people.senco)
    )
    assert waits.state is WAITING
    return waits


def free_a_place(waits: Booking) -> None:
    event = event_queries.lock_event(waits.event_id)
    first = db.session.scalars(sa.select(Booking).where(Booking.event_id == event.id)).first()
    assert first is not None
    replacement_services.close(first, reason="", by=None)
    waiting_services.give_places(event, by=None)


def wait_and_be_offered(people: People) -> Booking:
    waits = book_where_full(people)
    free_a_place(waits)
    assert waits.state is BookingState.OFFERED
    return waits


def last_context() -> dict[str, Any]:
    newest = sa.select(OutboxMessage.context).order_by(OutboxMessage.id.desc()).limit(1)
    return db.session.scalars(newest).one()


def mails() -> list[tuple[str, str]]:
    rows = db.session.execute(
        sa.select(OutboxMessage.kind, OutboxMessage.recipient).order_by(OutboxMessage.id)
    )
    return [(kind.removeprefix("events/"), to) for kind, to in rows]


class TestWithoutAnAccount:
    """Nobody takes a place without signing in, so whoever books for the school answers."""

    def test_an_offer_goes_to_who_booked_them_and_they_take_it(self, people: People) -> None:
        offered = wait_and_be_offered(people)
        assert mails()[-1] == ("place_offered", people.senco.email)
        told = last_context()
        assert told["whose"] == NEW.name
        assert told["answer_path"] == f"/bookings/{offered.id}/take"
        for _ in range(2):
            taken = colleague_services.take_for_colleague(offered.id, by=acting(people.senco))
            assert taken.state is BOOKED
        assert mails()[-1] == ("booking_confirmed", NEW.email)
        assert len([one for one in mails() if one[1] == NEW.email]) == 2
        assert last_context()["answers"] == db.session.get_one(Person, people.senco.person_id).name

    def test_another_who_books_for_the_school_answers_for_who_has_left(
        self, people: People
    ) -> None:
        office = make_school_user(people.school, role=SchoolRoleKind.OFFICE)
        make_school_user(people.school, role=SchoolRoleKind.TEACHER)
        role = sa.select(SchoolRole).where(SchoolRole.person_id == people.senco.person_id)
        db.session.scalars(role).one().ends_on = NOON.date()
        waits = book_where_full(people)
        db.session.scalars(role).one().ends_on = NOON.date() - timedelta(days=1)
        free_a_place(waits)
        assert mails()[-1] == ("place_offered", office.email)

    def test_an_offer_nobody_took_is_told_to_both(self, people: People, at: At) -> None:
        offered = wait_and_be_offered(people)
        assert offered.offer_expires_at is not None
        at(offered.offer_expires_at)
        waiting_services.settle(event_queries.lock_event(offered.event_id))
        ended = [to for kind, to in mails() if kind == "offer_ended"]
        assert sorted(ended) == sorted([NEW.email, people.senco.email])
        with pytest.raises(DomainError):
            colleague_services.take_for_colleague(offered.id, by=acting(people.senco))

    def test_in_the_last_day_who_answers_is_told_that_a_place_is_free(
        self, people: People, at: At
    ) -> None:
        waits = book_where_full(people)
        at(STARTS - timedelta(hours=20))
        free_a_place(waits)
        assert mails()[-1] == ("place_free", people.senco.email)
        taken = colleague_services.take_for_colleague(waits.id, by=acting(people.senco))
        assert taken.state is BOOKED

    def test_who_has_an_account_answers_for_themselves(self, people: People) -> None:
        teacher = make_school_user(people.school, role=SchoolRoleKind.TEACHER)
        waits = book_where_full(people, person_ids=[teacher.person_id])
        free_a_place(waits)
        assert mails()[-1] == ("place_offered", teacher.email)
        assert "whose" not in last_context()


@pytest.mark.sqlite_only
def test_a_place_offered_to_a_colleague_is_taken_from_my_bookings(
    people: People, client: GatedClient
) -> None:
    offered = wait_and_be_offered(people)
    db.session.commit()
    client.sign_in(people.senco)
    address = f"/bookings/{offered.id}/take"
    assert address in client.get("/bookings").text
    assert NEW.name in client.get(address).text
    answer = client.send(address)
    assert f"{NEW.name} has a place" in client.get(answer.location).text
    assert client.send(address).status_code == 303
    assert states() == [CANCELLED, BOOKED]
