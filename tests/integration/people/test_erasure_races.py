"""Erasing somebody while something else happens to them, with threads that really commit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRole, ServiceRoleKind, User
from cop_site.bookings.models import LIVE, Booking
from cop_site.bookings.services import book_place
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.people import invite_list_services
from cop_site.people.erasure_services import erase_person
from cop_site.people.invite_list_reading import read_list
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.factories.events import make_event
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_authority, make_school
from tests.support.race import race

pytestmark = pytest.mark.thorough

TIMES = 4


@dataclass
class World:
    senco: ActingUser
    admin: ActingUser
    school_id: int


@pytest.fixture
def world(committed_app: Flask) -> World:
    make_authority()
    school = make_school("Elm")
    senco = make_school_user(school, name="Quill Feather")
    admin = make_service_user(ServiceRoleKind.ADMINISTRATOR)
    db.session.commit()
    return World(acting(senco), acting(admin), school.id)


def _erase(world: World) -> Callable[[], None]:
    def run() -> None:
        # As a view does: something is read first, so that a snapshot is open.
        db.session.get(Person, world.senco.person_id)
        with transaction():
            erase_person(world.senco.person_id, by=world.admin, reason="asked")

    return run


def _faults(given: list[Any]) -> list[Any]:
    return [one for one in given if isinstance(one, Exception) and not isinstance(one, DomainError)]


class TestWhileTheyBook:
    def test_no_live_booking_is_left_and_whoever_waits_moves_up(
        self, committed_app: Flask, world: World
    ) -> None:
        others = [acting(make_school_user(make_school())) for _ in range(2)]
        events = [make_event(capacity=1) for _ in range(TIMES)]
        db.session.commit()
        ids = [event.id for event in events]

        def book(event_id: int, by: ActingUser) -> Callable[[], Any]:
            def run() -> Any:
                with transaction():
                    return book_place(event_id, mode=None, school_ids=list(by.schools), by=by).id

            return run

        book(ids[0], world.senco)()
        book(ids[0], others[0])()
        runners = [book(id_, by) for id_ in ids for by in (world.senco, others[1])]
        given = race(committed_app, [*runners, _erase(world)])
        assert not _faults(given), given
        assert given[-1] is None
        db.session.rollback()
        live = sa.select(Booking.person_id).where(Booking.state.in_(LIVE))
        assert world.senco.person_id not in set(db.session.scalars(live))
        placed = sa.select(sa.func.count()).where(Booking.state.in_(("booked", "offered")))
        assert db.session.scalar(placed) == TIMES, "each event's one place is somebody's"


class TestTwice:
    def test_is_once_and_the_others_are_told(self, committed_app: Flask, world: World) -> None:
        given = race(committed_app, [_erase(world) for _ in range(TIMES)])
        assert not _faults(given), given
        assert given.count(None) == 1


class TestWhileAListInvitesThem:
    def test_the_role_goes_to_nobody_or_to_a_new_person(
        self, committed_app: Flask, world: World
    ) -> None:
        line = f"Quill Feather,{world.senco.email},teacher"

        def invite() -> None:
            with transaction():
                invite_list_services.invite_list(
                    read_list(line), clock.today(), by=world.admin, school_id=world.school_id
                )

        given = race(committed_app, [_erase(world), invite])
        assert not _faults(given), given
        assert given[0] is None
        db.session.rollback()
        erased = sa.select(Person).where(Person.erased_at.is_not(None))
        assert [one.id for one in db.session.scalars(erased)] == [world.senco.person_id]
        named = sa.select(Person.id).where(Person.email == world.senco.email)
        found = db.session.scalar(named)
        assert found != world.senco.person_id
        lasting = sa.select(SchoolRole.person_id).where(SchoolRole.ends_on.is_(None))
        assert set(db.session.scalars(lasting)) <= {found}
        accounts = sa.select(User.person_id).where(User.email == world.senco.email)
        assert set(db.session.scalars(accounts)) <= {found}
