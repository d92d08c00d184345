"""The room for online, the morning for the afternoon: a place is given up only for another."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
import sqlalchemy as sa

from cop_site.accounts.models import Person, SchoolRoleKind, User
from cop_site.bookings import change_way_services, views
from cop_site.bookings import services as booking_services
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event, Mode, Option
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import programme_services
from cop_site.planning.programme_services import OptionDetails, SessionDetails
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_person, make_school_user
from tests.support.client import GatedClient
from tests.support.outbox import kinds, letters, states

BOOKED, WAITING = BookingState.BOOKED, BookingState.WAITING
CANCELLED = BookingState.CANCELLED
Change = Callable[..., Booking]


@pytest.fixture
def hybrid(people: People) -> Event:
    event = make_event(NOON + timedelta(days=9), mode=Mode.HYBRID, capacity=1, online_capacity=1)
    db.session.commit()
    return event


def book(event: Event, user: User, mode: Mode | None = None, option: int | None = None) -> Booking:
    by = acting(user)
    ids = list(by.schools)
    return booking_services.book_place(event.id, option_id=option, mode=mode, school_ids=ids, by=by)


def change(event: Event, user: User, mode: Mode, option: int | None = None) -> Booking:
    by = acting(user)
    return change_way_services.change_way(event.id, option_id=option, mode=mode, by=by)


def test_the_room_for_online_frees_the_place_in_the_room(hybrid: Event, people: People) -> None:
    book(hybrid, people.senco, Mode.IN_PERSON)
    book(hybrid, people.other, Mode.IN_PERSON)
    new = change(hybrid, people.senco, Mode.ONLINE)
    assert (new.state, new.mode) == (BOOKED, Mode.ONLINE)
    assert states() == [CANCELLED, BookingState.OFFERED, BOOKED]
    assert "events/booking_cancelled" not in kinds()


def test_a_full_one_is_refused_and_the_place_stays(hybrid: Event, people: People) -> None:
    make_booking(hybrid, make_person(), people.school, mode=Mode.ONLINE)
    book(hybrid, people.senco, Mode.IN_PERSON)
    db.session.commit()
    with pytest.raises(DomainError, match="no free place"):
        change(hybrid, people.senco, Mode.ONLINE)
    db.session.rollback()
    assert states() == [BOOKED, BOOKED]


def test_who_waits_has_a_place_at_once_where_there_is_one(hybrid: Event, people: People) -> None:
    make_booking(hybrid, make_person(), people.school)
    assert book(hybrid, people.senco, Mode.IN_PERSON).state is WAITING
    assert change(hybrid, people.senco, Mode.ONLINE).state is BOOKED


@pytest.mark.parametrize("has_place", [True, False])
def test_booking_has_closed_and_what_one_has_is_changed(
    hybrid: Event, people: People, client: GatedClient, has_place: bool
) -> None:
    if not has_place:
        make_booking(hybrid, make_person(), people.school)
    book(hybrid, people.senco, Mode.IN_PERSON)
    hybrid.booking_closes_at = NOON
    db.session.commit()
    client.sign_in(people.senco)
    address = f"/events/{hybrid.id}/booking/change"
    assert "Change between the room and online" in client.get(f"/events/{hybrid.id}").text
    answer = client.send(address, mode="online")
    assert "Your booking is changed" in client.get(answer.location).text
    assert states()[-1] is BOOKED


def test_booking_has_closed_and_nobody_books_anew(hybrid: Event, people: People) -> None:
    hybrid.booking_closes_at = NOON
    with pytest.raises(DomainError, match="Booking has closed"):
        book(hybrid, people.senco, Mode.IN_PERSON)


def test_the_same_again_changes_nothing(hybrid: Event, people: People) -> None:
    first = book(hybrid, people.senco, Mode.IN_PERSON)
    assert change(hybrid, people.senco, Mode.IN_PERSON).id == first.id
    assert len(kinds()) == 1


def add_afternoon(event: Event, people: People) -> Option:
    starts_at = event.starts_at + timedelta(hours=4)
    first = SessionDetails(starts_at, starts_at + timedelta(hours=1), "Hall", "")
    details = OptionDetails("Afternoon", Mode.IN_PERSON, 5, None)
    return programme_services.add_option(event.id, details, first, by=acting(people.ep))


def test_another_time_takes_the_old_one_out_of_the_calendar(people: People) -> None:
    event = make_event(NOON + timedelta(days=9))
    afternoon = add_afternoon(event, people)
    morning = next(one.id for one in event.options if one.id != afternoon.id)
    book(event, people.senco, option=morning)
    change(event, people.senco, Mode.IN_PERSON, afternoon.id)
    query = sa.select(OutboxMessage.kind, OutboxMessage.context).order_by(OutboxMessage.id)
    sent = {kind: context["calendar"]["method"] for kind, context in db.session.execute(query)}
    assert sent == {"events/booking_confirmed": "PUBLISH", "events/time_changed": "CANCEL"}


@pytest.mark.sqlite_only
def test_by_request(hybrid: Event, people: People, client: GatedClient) -> None:
    client.sign_in(people.senco)
    client.send(f"/events/{hybrid.id}/booking", mode="in_person")
    assert "Change between the room and online" in client.get(f"/events/{hybrid.id}").text
    address = f"/events/{hybrid.id}/booking/change"
    assert 'value="in_person" checked' in client.get(address).text
    assert client.send(address, mode="nonsense").status_code == 422
    answer = client.send(address, mode="online")
    assert "Your booking is changed" in client.get(answer.location).text
    assert states() == [CANCELLED, BOOKED]


@pytest.mark.sqlite_only
def test_given_up_just_before_it_is_changed(
    hybrid: Event, people: People, client: GatedClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.sign_in(people.senco)
    client.send(f"/events/{hybrid.id}/booking", mode="in_person")

    def given_up_meanwhile() -> AbstractContextManager[None]:
        with transaction():
            booking_services.cancel_booking(hybrid.id, by=acting(people.senco))
        return transaction()

    monkeypatch.setattr(views, "transaction", given_up_meanwhile)
    answer = client.send(f"/events/{hybrid.id}/booking/change", mode="online")
    assert (answer.status_code, answer.location) == (303, f"/events/{hybrid.id}")


@pytest.mark.sqlite_only
class TestAnOldLink:
    """To a booking that another followed: what was given up is the row, not the place."""

    @pytest.mark.parametrize("page", ["substitute", "cancel", "take"])
    def test_says_that_it_was_changed_and_what_they_have(
        self, hybrid: Event, people: People, client: GatedClient, page: str
    ) -> None:
        old = book(hybrid, people.senco, Mode.IN_PERSON)
        change(hybrid, people.senco, Mode.ONLINE)
        db.session.commit()
        client.sign_in(people.senco)
        address = f"/bookings/{old.id}/{page}"
        for ask in (client.get, client.send):
            said = client.get(ask(address).location).text
            assert "This booking was changed. You have a place online." in said
            assert "Done" not in said
        assert states() == [CANCELLED, BOOKED]

    def test_of_a_colleague_who_waits_at_another_time(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event(NOON + timedelta(days=9), capacity=1)
        afternoon = add_afternoon(event, people)
        morning = next(one.id for one in event.options if one.id != afternoon.id)
        teacher = make_school_user(people.school, role=SchoolRoleKind.TEACHER)
        old = book(event, teacher, option=morning)
        new = change(event, teacher, Mode.IN_PERSON, afternoon.id)
        new.state = WAITING
        db.session.commit()
        client.sign_in(people.senco)
        said = client.get(client.get(f"/bookings/{old.id}/cancel").location).text
        name = db.session.get_one(Person, teacher.person_id).name
        assert f"This booking was changed. {name} is on the waiting list in the room," in said
        assert "on Thursday 19 November 2026 at 4pm." in said

    def test_once_that_is_cancelled_too(
        self, hybrid: Event, people: People, client: GatedClient
    ) -> None:
        old = book(hybrid, people.senco, Mode.IN_PERSON)
        change(hybrid, people.senco, Mode.ONLINE)
        booking_services.cancel_booking(hybrid.id, by=acting(people.senco))
        db.session.commit()
        client.sign_in(people.senco)
        said = client.get(client.get(f"/bookings/{old.id}/cancel").location).text
        assert "This booking was changed, and cancelled later." in said
        assert "Done" not in said


@pytest.mark.sqlite_only
class TestWhatIsSaidOfAChange:
    def test_nothing_is_changed_by_the_same_again(
        self, hybrid: Event, people: People, client: GatedClient
    ) -> None:
        book(hybrid, people.senco, Mode.IN_PERSON)
        db.session.commit()
        client.sign_in(people.senco)
        answer = client.send(f"/events/{hybrid.id}/booking/change", mode="in_person")
        said = client.get(answer.location).text
        assert "Nothing has changed: this is your booking already." in said
        assert "Your booking is changed" not in said
        assert "Done" not in said

    def test_the_mail_says_which_way(self, hybrid: Event, people: People) -> None:
        book(hybrid, people.senco, Mode.IN_PERSON)
        change(hybrid, people.senco, Mode.ONLINE)
        change(hybrid, people.senco, Mode.IN_PERSON)
        first, online, room = letters()
        assert first.startswith(f"You have a place: {hybrid.title}\n")
        assert online.startswith(f"Changed: you take part online: {hybrid.title}\n")
        assert f"You changed your booking for {hybrid.title}. This is how it is now:" in online
        assert room.startswith(f"Changed: you take part in person: {hybrid.title}\n")

    def test_the_mail_says_which_time(self, people: People) -> None:
        event = make_event(NOON + timedelta(days=9))
        afternoon = add_afternoon(event, people)
        morning = next(one.id for one in event.options if one.id != afternoon.id)
        book(event, people.senco, option=morning)
        change(event, people.senco, Mode.IN_PERSON, afternoon.id)
        new = letters("events/booking_confirmed")[-1]
        said = "Changed: you take part on Thursday 19 November 2026 at 4pm"
        assert new.startswith(f"{said}: {event.title}\n")

    def test_who_waited_and_has_a_place_reads_that(self, hybrid: Event, people: People) -> None:
        make_booking(hybrid, make_person(), people.school)
        book(hybrid, people.senco, Mode.IN_PERSON)
        change(hybrid, people.senco, Mode.ONLINE)
        assert letters()[-1].startswith("You have a place")


@pytest.mark.sqlite_only
class TestTheLinkToJoin:
    SAID = "We email you the link to join the day before."

    def test_is_promised_by_the_mail_to_who_comes_online(
        self, hybrid: Event, people: People
    ) -> None:
        book(hybrid, people.senco, Mode.ONLINE)
        book(hybrid, people.other, Mode.IN_PERSON)
        online, room = letters()
        assert self.SAID in online
        assert self.SAID not in room

    def test_is_there_instead_from_the_day_before(self, people: People) -> None:
        soon = make_event(
            NOON + timedelta(hours=25), mode=Mode.ONLINE, join_link="https://join.example/1"
        )
        db.session.commit()
        book(soon, people.senco)
        (letter,) = letters()
        assert "Join online: https://join.example/1" in letter
        assert self.SAID not in letter
