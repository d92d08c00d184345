"""Anything anybody does to the places of an event, in any order and at once: what always holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind
from cop_site.bookings import change_way_services, colleague_services, waiting_services
from cop_site.bookings import services as booking_services
from cop_site.bookings.models import LIVE, Booking, BookingState
from cop_site.cli.events import offer_places
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Mode
from cop_site.notifications.models import OutboxMessage
from cop_site.planning import programme_services
from cop_site.planning.programme_services import OptionDetails, SessionDetails, option_values
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_event
from tests.factories.people import make_school_user, make_service_user
from tests.factories.schools import make_school
from tests.support.race import race

pytestmark = pytest.mark.thorough
STARTS = NOON + timedelta(days=12)
# What may go wrong for who asks: they read why. Anything else is a fault.
REFUSED = (DomainError, StaleEditError)
Act = Callable[[], Any]


@dataclass
class World:
    """An event with a morning and an afternoon, and people who do things.

    ``ways``: each option with a way to take part in it.
    """

    event_id: int
    ways: list[tuple[int, Mode]]
    people: list[ActingUser]
    ep: ActingUser
    chance: Random

    def acts(self, how_many: int) -> list[Act]:
        kinds: list[Callable[[], Act]] = [self.book, self.book, self.book, self.cancel, self.cancel]
        kinds += [self.take, self.substitute, self.resize, self.move_up, lambda: offer_places]
        kinds += [self.change_way, self.change_way]
        return [self.chance.choice(kinds)() for _ in range(how_many)]

    def book(self) -> Act:
        by, (option_id, mode) = self.chance.choice(self.people), self.chance.choice(self.ways)
        ids = list(by.schools)
        return _in_transaction(
            lambda: booking_services.book_place(
                self.event_id, option_id=option_id, mode=mode, school_ids=ids, by=by
            )
        )

    def change_way(self) -> Act:
        by, (option_id, mode) = self.chance.choice(self.people), self.chance.choice(self.ways)
        return _in_transaction(
            lambda: change_way_services.change_way(
                self.event_id, option_id=option_id, mode=mode, by=by
            )
        )

    def cancel(self) -> Act:
        by = self.chance.choice(self.people)
        return _in_transaction(lambda: booking_services.cancel_booking(self.event_id, by=by))

    def take(self) -> Act:
        by = self.chance.choice(self.people)
        return _in_transaction(lambda: waiting_services.take_place(self.event_id, by=by))

    def substitute(self) -> Act:
        by, to = self.chance.sample(self.people, 2)
        chosen = self.chance.random()

        def run() -> Any:
            live = db.session.scalars(
                sa.select(Booking.id)
                .where(Booking.event_id == self.event_id, Booking.state.in_(LIVE))
                .order_by(Booking.id)
            ).all()
            if live:
                booking_id = live[int(chosen * len(live))]
                with transaction():
                    return colleague_services.substitute(booking_id, to.person_id, by=by)
            return None

        return run

    def resize(self) -> Act:
        option_id, _mode = self.chance.choice(self.ways)
        room, online = self.chance.randint(1, 6), self.chance.randint(1, 4)

        def run() -> Any:
            event = event_queries.get_event(self.event_id, sa.true())
            saved = programme_services.read_option(event.option(option_id))
            details = OptionDetails(saved.name, saved.mode, room, online)
            stamp = stamp_of(option_values(saved))
            with transaction():
                programme_services.change_option(
                    self.event_id, option_id, details, seen=stamp, by=self.ep
                )

        return run

    def move_up(self) -> Act:
        chosen = self.chance.random()

        def run() -> Any:
            waiting = db.session.scalars(
                sa.select(Booking.id)
                .where(Booking.state == BookingState.WAITING)
                .order_by(Booking.id)
            ).all()
            if waiting:
                booking_id = waiting[int(chosen * len(waiting))]
                with transaction():
                    return waiting_services.move_up(self.event_id, booking_id, "Why", by=self.ep)
            return None

        return run


def _in_transaction(act: Act) -> Act:
    def run() -> Any:
        with transaction():
            return act()

    return run


def _make_world(seed: int, afternoon_mode: Mode) -> World:
    school, chance = make_school(), Random(seed)
    people = [acting(make_school_user(school)) for _ in range(9)]
    ep = acting(make_service_user(ServiceRoleKind.EP))
    event = make_event(STARTS, capacity=2)
    afternoon = STARTS + timedelta(hours=4)
    first = SessionDetails(afternoon, afternoon + timedelta(hours=1), "Hall", "")
    details = OptionDetails("Afternoon", afternoon_mode, 1, 1)
    programme_services.add_option(event.id, details, first, by=ep)
    db.session.commit()
    options = event_queries.get_event(event.id, sa.true()).options
    ways = [(option.id, mode) for option in options for mode in option.modes]
    db.session.commit()
    return World(event.id, ways, people, ep, chance)


def _check(world: World) -> None:
    """What holds after everything is settled, in school hours."""
    db.session.rollback()
    db.session.expire_all()
    event: Event = event_queries.get_event(world.event_id, sa.true())
    bookings = db.session.scalars(sa.select(Booking).order_by(Booking.id)).all()
    live = [one for one in bookings if one.state in LIVE]
    assert max(Counter(one.person_id for one in live).values(), default=0) <= 1
    for option_id, mode in world.ways:
        mine = [one for one in live if (one.option_id, one.mode) == (option_id, mode)]
        used = [one for one in mine if one.state is not BookingState.WAITING]
        waiting = [one for one in mine if one.state is BookingState.WAITING]
        capacity = event.option(option_id).capacity(mode) or 0
        assert len(used) <= capacity, "never over"
        assert not waiting or len(used) == capacity, "every free place is offered"
        offered = [_turn(one) for one in used if one.state is BookingState.OFFERED]
        # Who is moved up once somebody else has an offer stands before them, and has none yet.
        turns = [_turn(one) for one in waiting if not one.moved_up_reason]
        assert not offered or not turns or max(offered) < min(turns), "in their order"
    _check_messages(bookings)


def _turn(booking: Booking) -> tuple[datetime, int]:
    assert booking.queued_at is not None
    return booking.queued_at, booking.id


def _check_messages(bookings: Any) -> None:
    """Each said once, and none missing. A message is of a booking, by its kind."""
    rows = db.session.execute(
        sa.select(OutboxMessage.thing_id, OutboxMessage.kind).where(
            OutboxMessage.thing == "booking", OutboxMessage.kind != "events/event_changed"
        )
    )
    sent = Counter((thing_id, kind.removeprefix("events/")) for thing_id, kind in rows)
    assert not [key for key, times in sent.items() if times > 1]
    for one in bookings:
        kinds = {kind for thing_id, kind in sent if thing_id == one.id}
        assert ("booking_confirmed" in kinds) == (one.place_given_at is not None)
        # A substitute of somebody who was offered a place reads of the offer at once.
        assert ("place_offered" in kinds) == (one.offered_at is not None)
        if one.state is BookingState.CANCELLED:
            ends = kinds & {"booking_cancelled", "offer_ended", "place_passed"}
            # Who changes to another way is told by the booking that takes its place.
            assert len(ends) == (one.cancel_reason != change_way_services.REASON)


@pytest.fixture
def goes_on(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Move the clock to a moment from which it goes on: no two come at the same one."""

    def move(moment: datetime) -> None:
        ticks = count()
        monkeypatch.setattr(
            clock, "source", lambda: moment.astimezone(UTC) + timedelta(milliseconds=next(ticks))
        )

    return move


@pytest.mark.parametrize("seed", range(8))
def test_whatever_people_do_at_once(
    committed_app: Flask, goes_on: Callable[[datetime], None], seed: int
) -> None:
    goes_on(NOON)
    world = _make_world(seed, Mode.HYBRID if seed % 2 else Mode.IN_PERSON)
    for step in range(5):
        given = race(committed_app, world.acts(8))
        faults = [
            one for one in given if isinstance(one, Exception) and not isinstance(one, REFUSED)
        ]
        assert not faults, faults
        # Some of the offers run out on the way.
        goes_on(NOON + timedelta(days=step + 1 if step < 3 else step + 3))
        for _ in range(2):
            offer_places()
        assert clock.london(clock.now()).weekday() < 5
        _check(world)
