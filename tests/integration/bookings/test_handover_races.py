"""Handing over while others do the same, book or cancel: real threads, a database that commits."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.services import book_place, cancel_booking
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.people import (
    handover_services,
    school_people_queries,
)
from cop_site.people.handover_services import Done, Handover
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.events import make_booking, make_event
from tests.factories.people import give_school_role, make_school_user, role_of
from tests.factories.schools import make_school
from tests.support.race import race

pytestmark = pytest.mark.thorough

FIRST_DAY = date(2026, 11, 12)


class World:
    def __init__(self) -> None:
        self.school = make_school("Oak")
        self.old = make_school_user(self.school, name="Old Senco")
        self.offices = [
            acting(make_school_user(self.school, role=SchoolRoleKind.OFFICE)) for _ in range(2)
        ]
        self.teachers = [
            make_school_user(self.school, role=SchoolRoleKind.TEACHER) for _ in range(2)
        ]
        self.role_id = role_of(self.old, self.school).id
        db.session.commit()

    def hand_over(self, to: int | Newcomer, by: ActingUser) -> Callable[[], Any]:
        school_id, role_id = self.school.id, self.role_id

        def run() -> Done:
            school_people_queries.get_own_role(school_id, role_id)
            handover = Handover(to, FIRST_DAY, moves_bookings=True)
            with transaction():
                return handover_services.hand_over(school_id, role_id, handover, by=by)

        return run


def _live() -> Counter[tuple[int, int]]:
    rows = db.session.execute(
        sa.select(Booking.event_id, Booking.person_id).where(
            Booking.state != BookingState.CANCELLED
        )
    )
    return Counter((event_id, person_id) for event_id, person_id in rows)


class TestTwoAtOnce:
    def test_one_wins_and_the_other_reads_who_takes_over(self, committed_app: Flask) -> None:
        world = World()
        event = make_event(capacity=1)
        make_booking(event, db.session.get_one(Person, world.old.person_id), world.school)
        db.session.commit()
        first, second = world.teachers
        given = race(
            committed_app,
            [
                world.hand_over(first.person_id, world.offices[0]),
                world.hand_over(second.person_id, world.offices[1]),
            ],
        )
        db.session.rollback()
        refused = [one for one in given if isinstance(one, DomainError)]
        assert len(refused) == 1 and "takes over on 12 November 2026" in refused[0].sentence
        sencos = db.session.scalars(
            sa.select(SchoolRole.person_id).where(
                SchoolRole.role == SchoolRoleKind.SENCO, SchoolRole.ends_on.is_(None)
            )
        ).all()
        assert len(sencos) == 1
        assert _live() == {(event.id, sencos[0]): 1}

    def test_five_clicks_are_one_handover(self, committed_app: Flask) -> None:
        world = World()
        event = make_event(capacity=1)
        make_booking(event, db.session.get_one(Person, world.old.person_id), world.school)
        db.session.commit()
        newcomer = Newcomer("Next", "next@oak.example")
        given = race(committed_app, [world.hand_over(newcomer, world.offices[0]) for _ in range(5)])
        db.session.rollback()
        assert not [one for one in given if isinstance(one, Exception)], given
        assert len([one for one in given if one.passed is not None]) == 1
        kinds = Counter(db.session.scalars(sa.select(OutboxMessage.kind)))
        assert kinds == {
            "accounts/invitation": 1,
            "events/booking_passed_on": 1,
            "events/booking_taken_over": 1,
            "people/handed_over": 1,
        }
        assert sum(_live().values()) == 1

    def test_crosswise_at_two_schools_neither_waits_for_ever(
        self, committed_app: Flask, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        lock_person = role_services.lock_person

        def lock_slowly(person_id: int) -> Person:
            """So that each has one of the two when it asks for the other, whatever the order."""
            person = lock_person(person_id)
            time.sleep(0.2)
            return person

        monkeypatch.setattr(role_services, "lock_person", lock_slowly)
        oak, elm = make_school("Oak"), make_school("Elm")
        ann, ben = make_school_user(oak), make_school_user(elm)
        for user, school in ((ann, elm), (ben, oak)):
            person = db.session.get_one(Person, user.person_id)
            give_school_role(person, school, SchoolRoleKind.TEACHER)
        for _ in range(6):
            event = make_event(capacity=2)
            make_booking(event, db.session.get_one(Person, ann.person_id), oak)
            make_booking(event, db.session.get_one(Person, ben.person_id), elm)
        by = [acting(make_school_user(school, role=SchoolRoleKind.OFFICE)) for school in (oak, elm)]
        db.session.commit()
        roles = [role_of(ann, oak).id, role_of(ben, elm).id]
        db.session.commit()

        def run(index: int) -> Callable[[], Any]:
            school, to = (oak, elm)[index], (ben, ann)[index]

            def hand() -> Done:
                with transaction():
                    return handover_services.hand_over(
                        school.id,
                        roles[index],
                        Handover(to.person_id, FIRST_DAY, moves_bookings=True),
                        by=by[index],
                    )

            return hand

        given = race(committed_app, [run(0), run(1)])
        db.session.rollback()
        assert not [one for one in given if isinstance(one, Exception)], given
        assert all(count == 1 for count in _live().values())


class TestWhileTheOldOneActs:
    def test_cancels_meanwhile(self, committed_app: Flask) -> None:
        for _ in range(5):
            world = World()
            event = make_event(capacity=1)
            old = acting(world.old)
            make_booking(event, db.session.get_one(Person, old.person_id), world.school)
            queue = acting(make_school_user(world.school, role=SchoolRoleKind.TEACHER))
            db.session.commit()
            with transaction():
                book_place(event.id, mode=None, school_ids=[world.school.id], by=queue)

            def cancel(event_id: int = event.id, by: ActingUser = old) -> bool:
                with transaction():
                    return cancel_booking(event_id, by=by)

            new = world.teachers[0]
            given = race(committed_app, [world.hand_over(new.person_id, world.offices[0]), cancel])
            db.session.rollback()
            assert not [one for one in given if isinstance(one, Exception)], given
            done, cancelled = given
            holders = [
                person_id
                for (event_id, person_id) in _live()
                if event_id == event.id and person_id != queue.person_id
            ]
            if cancelled and not done.passed.moved:
                assert holders == [], "cancelled first: the place went to the queue"
            else:
                assert holders == [new.person_id]
            assert _kept(event.id) == 1

    def test_books_meanwhile(self, committed_app: Flask) -> None:
        for _ in range(5):
            world = World()
            event = make_event(capacity=1)
            old = acting(world.old)
            db.session.commit()

            def book(
                event_id: int = event.id, by: ActingUser = old, school_id: int = world.school.id
            ) -> int:
                with transaction():
                    return book_place(event_id, mode=None, school_ids=[school_id], by=by).id

            new = world.teachers[0]
            done, booked = race(
                committed_app, [world.hand_over(new.person_id, world.offices[0]), book]
            )
            db.session.rollback()
            assert not isinstance(done, Exception), done
            holders = [person_id for (event_id, person_id) in _live() if event_id == event.id]
            if isinstance(booked, DomainError):
                assert "ends before this event" in str(booked), "handed over first"
                assert holders == []
            else:
                assert (done.passed.moved, holders) == (1, [new.person_id])

    def test_both_book_the_last_place_meanwhile(self, committed_app: Flask) -> None:
        for _ in range(5):
            world = World()
            event = make_event(capacity=1)
            old, new = acting(world.old), acting(world.teachers[0])
            make_booking(event, db.session.get_one(Person, old.person_id), world.school)
            db.session.commit()

            def book(
                event_id: int = event.id, by: ActingUser = new, school_id: int = world.school.id
            ) -> int:
                with transaction():
                    return book_place(event_id, mode=None, school_ids=[school_id], by=by).id

            given = race(committed_app, [world.hand_over(new.person_id, world.offices[0]), book])
            db.session.rollback()
            assert not [one for one in given if isinstance(one, Exception)], given
            live = {key: count for key, count in _live().items() if key[0] == event.id}
            assert live == {(event.id, new.person_id): 1}
            assert _kept(event.id) == 1


def _kept(event_id: int) -> int:
    query = sa.select(sa.func.count()).where(
        Booking.event_id == event_id, Booking.state.in_((BookingState.BOOKED, BookingState.OFFERED))
    )
    return db.session.scalar(query) or 0


def test_the_clock_stands_before_the_first_day() -> None:
    assert clock.today() < FIRST_DAY
