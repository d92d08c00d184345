"""Several people at once, with real threads on a database that really commits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind
from cop_site.bookings import queries as booking_queries
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.services import book_place, cancel_booking
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import services as planning_services
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.events import make_event
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_school
from tests.support.race import race

pytestmark = pytest.mark.thorough


def _people(count: int) -> list[ActingUser]:
    school = make_school()
    return [acting(make_school_user(school)) for _ in range(count)]


def _book(event_id: int, by: ActingUser) -> Callable[[], Any]:
    def run() -> BookingState:
        # As a view does: something is read first, so that a snapshot is open.
        event_queries.get_event(event_id, sa.true())
        with transaction():
            school_ids = list(by.schools)
            return book_place(event_id, mode=None, school_ids=school_ids, by=by).state

    return run


def _cancel(event_id: int, by: ActingUser) -> Callable[[], Any]:
    def run() -> bool:
        booking_queries.find_own_booking(event_id, by.person_id)
        with transaction():
            return cancel_booking(event_id, by=by)

    return run


def _states() -> Counter[BookingState]:
    db.session.rollback()
    return Counter(db.session.scalars(sa.select(Booking.state)))


def _messages(kind: str) -> int:
    query = sa.select(sa.func.count()).where(OutboxMessage.kind == f"events/{kind}")
    return db.session.scalar(query) or 0


class TestLastPlace:
    def test_twenty_people_for_three_places_are_three_booked_and_all_others_waiting(
        self, committed_app: Flask
    ) -> None:
        people, event = _people(20), make_event(capacity=3)
        db.session.commit()
        given = race(committed_app, [_book(event.id, by) for by in people])
        assert Counter(given) == {BookingState.BOOKED: 3, BookingState.WAITING: 17}
        assert _states() == {BookingState.BOOKED: 3, BookingState.WAITING: 17}
        assert (_messages("booking_confirmed"), _messages("waiting_list")) == (3, 17)


class TestDoubleClick:
    def test_ten_clicks_of_one_person_are_one_booking(self, committed_app: Flask) -> None:
        (by,), event = _people(1), make_event(capacity=5)
        db.session.commit()
        given = race(committed_app, [_book(event.id, by) for _ in range(10)])
        assert given == [BookingState.BOOKED] * 10
        assert _states() == {BookingState.BOOKED: 1}
        assert _messages("booking_confirmed") == 1

    def test_cancelling_five_times_gives_one_place_away(self, committed_app: Flask) -> None:
        people, event = _people(4), make_event(capacity=1)
        db.session.commit()
        for by in people:
            _book(event.id, by)()
        given = race(committed_app, [_cancel(event.id, people[0]) for _ in range(5)])
        assert Counter(given) == {True: 1, False: 4}
        assert _states() == {
            BookingState.CANCELLED: 1,
            BookingState.OFFERED: 1,
            BookingState.WAITING: 2,
        }
        assert _messages("place_offered") == 1


class TestCancelAndPromote:
    def test_nobody_is_lost_and_no_place_is_over(self, committed_app: Flask) -> None:
        people, event = _people(24), make_event(capacity=6)
        db.session.commit()
        first, late = people[:14], people[14:]
        for by in first:
            _book(event.id, by)()
        runners = [_cancel(event.id, by) for by in first[:6]]
        runners += [_book(event.id, by) for by in late]
        given = race(committed_app, runners)
        assert not [one for one in given if isinstance(one, Exception)]
        assert _states() == {
            BookingState.CANCELLED: 6,
            BookingState.OFFERED: 6,
            BookingState.WAITING: 12,
        }
        waited = db.session.scalars(
            sa.select(Booking.person_id)
            .where(Booking.state == BookingState.OFFERED)
            .order_by(Booking.id)
        )
        assert list(waited) == [by.person_id for by in first[6:12]], "in the order they came"

    def test_more_places_and_cancelling_at_once_never_go_over(self, committed_app: Flask) -> None:
        people, event = _people(12), make_event(capacity=2)
        editor = acting(make_service_user(ServiceRoleKind.EP))
        db.session.commit()
        for by in people:
            _book(event.id, by)()
        loaded = event_queries.get_event(event.id, sa.true())
        details = planning_services.details_of(loaded)

        def enlarge() -> None:
            bigger = type(details)(**{**vars(details), "room_capacity": 5})
            with transaction():
                planning_services.edit_event(event.id, loaded.version, bigger, by=editor)

        given = race(committed_app, [enlarge, *(_cancel(event.id, by) for by in people[:2])])
        assert not [one for one in given if isinstance(one, Exception)]
        assert _states() == {
            BookingState.CANCELLED: 2,
            BookingState.OFFERED: 5,
            BookingState.WAITING: 5,
        }
        assert _messages("place_offered") == 5


class TestEventCancelledMeanwhile:
    def test_a_booking_is_either_told_or_refused(self, committed_app: Flask) -> None:
        people, event = _people(8), make_event(capacity=20)
        editor = acting(make_service_user(ServiceRoleKind.EP))
        db.session.commit()

        def call_off() -> None:
            with transaction():
                planning_services.cancel_event(event.id, "Snow", by=editor)

        given = race(committed_app, [call_off, *(_book(event.id, by) for by in people)])
        refused = [one for one in given if isinstance(one, DomainError)]
        assert all(one is None or isinstance(one, BookingState | DomainError) for one in given)
        booked = _states()[BookingState.BOOKED]
        assert booked + len(refused) == 8
        assert _messages("event_cancelled") == booked


class TestTwoEditors:
    def test_one_saves_and_the_other_is_shown_both(self, committed_app: Flask) -> None:
        event = make_event()
        editors = [acting(make_service_user(ServiceRoleKind.EP)) for _ in range(2)]
        db.session.commit()
        loaded = event_queries.get_event(event.id, sa.true())
        details, version = planning_services.details_of(loaded), loaded.version

        def save(by: ActingUser) -> Callable[[], Any]:
            def run() -> None:
                changed = type(details)(**{**vars(details), "title": f"By {by.user_id}"})
                with transaction():
                    planning_services.edit_event(event.id, version, changed, by=by)

            return run

        given = race(committed_app, [save(by) for by in editors])
        assert sorted(type(one).__name__ for one in given) == ["NoneType", "StaleEditError"]
