"""What people need to take part: said, remembered, read by few, and gone in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRole, ServiceRoleKind
from cop_site.audit import Change, list_changes
from cop_site.bookings.change_way_services import change_way
from cop_site.bookings.colleague_services import cancel_for_colleague, substitute
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.need_models import BookingNeeds, RememberedNeeds
from cop_site.bookings.need_services import forget_needs, note_needs, read_needs
from cop_site.bookings.services import book_place, cancel_booking
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event, Facilitator, Mode
from cop_site.notifications.models import OutboxMessage
from cop_site.planning.services import cancel_event
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.event_people import People
from tests.factories.events import make_booking, make_event
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.support.client import GatedClient
from tests.support.erasing import erase
from tests.support.held_file import download, rows_of
from tests.support.race import race
from tests.support.statements import count_statements

ACCESS, DIET = "A seat near the door", "No nuts"


def _book(event: Event, people: People) -> int:
    by = acting(people.senco)
    return book_place(event.id, mode=None, school_ids=list(by.schools), by=by).id


def _note(event: Event, people: People, *, access: str = ACCESS, remember: bool = False) -> None:
    note_needs(event.id, access=access, diet=DIET, remember=remember, by=acting(people.senco))


def _cancel(event: Event, people: People) -> None:
    cancel_booking(event.id, by=acting(people.senco))


def _pass_on(event: Event, people: People) -> None:
    booking_id = db.session.query(Booking.id).filter_by(event_id=event.id).scalar()
    colleague = make_school_user(people.school)
    substitute(booking_id, colleague.person_id, by=acting(people.senco))


def _said() -> list[tuple[str, str]]:
    query = sa.select(BookingNeeds.access, BookingNeeds.diet).order_by(BookingNeeds.id)
    return [(row.access, row.diet) for row in db.session.execute(query)]


def _remembered() -> int:
    return db.session.scalar(sa.select(sa.func.count(RememberedNeeds.id))) or 0


class TestNoteNeeds:
    def test_are_the_bookings_alone_unless_they_want_more(self, people: People) -> None:
        first, second = make_event(), make_event()
        _book(first, people)
        _note(first, people)
        assert (_said(), _remembered()) == ([(ACCESS, DIET)], 0)
        _book(second, people)
        assert len(_said()) == 1

    def test_remembered_each_next_booking_begins_with_them(self, people: People) -> None:
        first, second = make_event(), make_event()
        _book(first, people)
        _note(first, people, remember=True)
        _book(second, people)
        assert _said() == [(ACCESS, DIET)] * 2
        _note(second, people, access="Large print", remember=True)
        assert _said() == [(ACCESS, DIET), ("Large print", DIET)], "the first keeps its own"

    def test_without_the_tick_what_was_remembered_is_forgotten(self, people: People) -> None:
        event = make_event()
        _book(event, people)
        _note(event, people, remember=True)
        _note(event, people)
        assert (_said(), _remembered()) == ([(ACCESS, DIET)], 0)

    @pytest.mark.parametrize("gives_up", [_cancel, _pass_on], ids=["cancelled", "passed on"])
    def test_given_up_nobody_reads_them_any_more(
        self, people: People, gives_up: Callable[[Event, People], object]
    ) -> None:
        event = make_event()
        _book(event, people)
        _note(event, people)
        gives_up(event, people)
        assert _said() == []

    def test_emptied_nothing_is_left(self, people: People) -> None:
        event, by = make_event(), acting(people.senco)
        _book(event, people)
        _note(event, people, remember=True)
        note_needs(event.id, access="", diet="", remember=True, by=by)
        assert (_said(), _remembered()) == ([], 0)

    def test_forgotten_in_my_account_bookings_keep_theirs(self, people: People) -> None:
        event = make_event()
        _book(event, people)
        _note(event, people, remember=True)
        for _ in range(2):
            forget_needs(by=acting(people.senco))
        assert (_said(), _remembered()) == ([(ACCESS, DIET)], 0)

    @pytest.mark.parametrize("remember", [False, True])
    def test_go_along_when_they_come_another_way(self, people: People, remember: bool) -> None:
        event, by = make_event(mode=Mode.HYBRID), acting(people.senco)
        book_place(event.id, mode=Mode.IN_PERSON, school_ids=list(by.schools), by=by)
        _note(event, people, remember=remember)
        new = change_way(event.id, option_id=None, mode=Mode.ONLINE, by=by)
        booking_ids = list(db.session.scalars(sa.select(BookingNeeds.booking_id)))
        assert (booking_ids, _said()) == ([new.id], [(ACCESS, DIET)])

    def test_no_word_of_it_is_in_the_history_or_the_mail(self, people: People) -> None:
        event = make_event()
        booking_id = _book(event, people)
        _note(event, people, remember=True)
        cancel_booking(event.id, by=acting(people.senco))
        assert "needs noted" in [one.verb for one in list_changes("booking", booking_id)]
        told = [
            *db.session.scalars(sa.select(OutboxMessage)),
            *db.session.scalars(sa.select(Change)),
        ]
        for row in told:
            texts = [getattr(row, name) for name in ("context", "was", "now") if hasattr(row, name)]
            assert ACCESS not in str(texts)


class TestCalledOff:
    def test_nobody_reads_them_any_more_and_nothing_new_is_taken(self, people: People) -> None:
        event, other = make_event(), make_event()
        for one in (event, other):
            _book(one, people)
            _note(one, people, remember=True)
        cancel_event(event.id, "Not needed", by=acting(people.ep))
        assert (_said(), _remembered()) == ([(ACCESS, DIET)], 1), "those of the other stay"
        with pytest.raises(DomainError, match="has been cancelled"):
            _note(event, people)

    @pytest.mark.thorough
    def test_nothing_stays_on_a_booking_that_goes_meanwhile(self, committed_app: Flask) -> None:
        make_authority()
        school = make_school()
        own, senco = make_school_user(school), make_school_user(school)
        event = make_event()
        booking = make_booking(event, db.session.get_one(Person, own.person_id), school)
        event_id, booking_id = event.id, booking.id
        by, their_senco = acting(own), acting(senco)
        db.session.commit()
        noted = threading.Event()

        def note() -> None:
            with transaction():
                note_needs(event_id, access=ACCESS, diet="", remember=False, by=by)
                noted.set()
                time.sleep(0.5)

        def cancel() -> None:
            noted.wait(5)
            with transaction():
                cancel_for_colleague(booking_id, by=their_senco)

        race(committed_app, [note, cancel])
        db.session.expire_all()
        assert db.session.get_one(Booking, booking_id).state is BookingState.CANCELLED
        assert _said() == []


class TestReadNeeds:
    def test_whoever_ran_it_reads_them_while_they_hold_a_role(
        self, people: People, client: GatedClient
    ) -> None:
        event, ran_it = make_event(), make_service_user(ServiceRoleKind.ASEP)
        db.session.add(Facilitator(event_id=event.id, person_id=ran_it.person_id))
        _book(event, people)
        _note(event, people)
        db.session.commit()
        client.sign_in(ran_it)
        assert ACCESS in client.get(f"/events/{event.id}/needs").text
        ended = sa.update(ServiceRole).where(ServiceRole.person_id == ran_it.person_id)
        db.session.execute(ended.values(ends_on=clock.today() - timedelta(days=1)))
        db.session.commit()
        client.sign_in(ran_it)
        assert client.get(f"/events/{event.id}/needs").status_code == 403

    def test_has_who_has_a_place_and_is_recorded(self, people: People) -> None:
        event, ep = make_event(), acting(people.ep)
        _book(event, people)
        _note(event, people)
        (row,) = read_needs(event.id, by=ep)
        assert (row.access, row.diet) == (ACCESS, DIET)
        change = list_changes("event", event.id)[-1]
        assert (change.verb, change.by_user_id) == ("needs read", ep.user_id)
        cancel_booking(event.id, by=acting(people.senco))
        assert read_needs(event.id, by=ep) == []


class TestErasing:
    def test_takes_both_away(self, people: People) -> None:
        event = make_event()
        _book(event, people)
        _note(event, people, remember=True)
        db.session.commit()
        erase(people.senco.person_id)
        assert (_said(), _remembered()) == ([], 0)


@pytest.mark.sqlite_only
class TestPages:
    def test_are_said_after_booking_shown_again_and_deleted_in_my_account(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        url = f"/events/{event.id}/booking/needs"
        assert url in client.get(f"/events/{event.id}").text
        answer = client.send(url, access=ACCESS, diet=DIET, remember="y")
        assert answer.location == f"/events/{event.id}"
        assert "You have told us what you need." in client.get(answer.location).text
        page = client.get(url).text
        assert ACCESS in page and DIET in page
        account = client.get("/account").text
        assert "What you need at events" in account and ACCESS in account
        held = rows_of(download(client)["needs.csv"])
        assert [row["Access needs"] for row in held] == [ACCESS, ACCESS]
        assert client.send("/account/needs/forget").location == "/account"
        assert "What you need at events" not in client.get("/account").text

    def test_a_text_about_a_pupil_or_too_long_is_kept_and_asked_about(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        client.sign_in(people.senco)
        client.send(f"/events/{event.id}/booking")
        for access in ("Sam Lee, Year 4, comes too", "x" * 501):
            answer = client.send(f"/events/{event.id}/booking/needs", access=access, diet=DIET)
            assert answer.status_code == 422
            assert access in answer.text and DIET in answer.text
        assert _said() == []

    def test_once_the_event_is_over_nothing_more_is_taken(
        self, people: People, client: GatedClient, at: Callable[[datetime], None]
    ) -> None:
        event = make_event()
        _book(event, people)
        at(event.ends_at + timedelta(hours=1))
        client.sign_in(people.senco)
        answer = client.send(f"/events/{event.id}/booking/needs", access=ACCESS)
        assert answer.status_code == 422
        assert "This event is over." in answer.text

    def test_who_runs_or_made_it_reads_them_and_nobody_else_of_the_service(
        self, people: People, client: GatedClient
    ) -> None:
        made = make_event(created_by_user_id=people.ep.id)
        runs = make_school_user(people.school)
        db.session.add(Facilitator(event_id=made.id, person_id=runs.person_id))
        _book(made, people)
        _note(made, people)
        other = make_event()
        for user in (people.ep, runs):
            client.sign_in(user)
            assert f"/events/{made.id}/needs" in client.get(f"/events/{made.id}").text
            page = client.get(f"/events/{made.id}/needs").text
            assert "1 person with a place told what they need." in page
            assert ACCESS in page
        client.sign_in(people.ep)
        assert client.get(f"/events/{other.id}/needs").status_code == 403
        assert f"/events/{other.id}/needs" not in client.get(f"/events/{other.id}").text

    def test_remembering_nothing_costs_a_booking_no_statement(
        self, people: People, client: GatedClient
    ) -> None:
        event = make_event()
        client.sign_in(people.senco)
        with count_statements() as sent:
            client.get(client.send(f"/events/{event.id}/booking").location)
        assert len(sent) <= 16
