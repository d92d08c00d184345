"""Reminders: a week and a day before, once for each start, to those who have a place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.bookings.models import BookingState
from cop_site.cli.events import remind_of_sessions
from cop_site.db import db
from cop_site.events.models import Event, EventState, Mode
from cop_site.notifications.models import OutboxMessage
from tests.conftest import NOON
from tests.factories.events import make_booking, make_event, option_of, session_of
from tests.factories.people import make_person
from tests.factories.schools import make_school
from tests.support.race import race
from tests.support.statements import count_statements

pytestmark = pytest.mark.usefixtures("app")
Move = Callable[[datetime], None]
STARTS = NOON + timedelta(days=20)


@pytest.fixture
def event(app: Flask) -> Event:
    return make_event(starts_at=STARTS, mode=Mode.ONLINE, join_link="https://meet.example/1")


def book(event: Event, state: BookingState = BookingState.BOOKED) -> str:
    """Somebody's address, who has booked."""
    person = make_person()
    make_booking(event, person, make_school(), state=state, mode=option_of(event).modes[0])
    return person.email or ""


def sent() -> list[tuple[str, str]]:
    rows = db.session.execute(
        sa.select(OutboxMessage.kind, OutboxMessage.recipient)
        .where(OutboxMessage.thing == "session")
        .order_by(OutboxMessage.id)
    )
    return [(kind.removeprefix("events/reminder_"), to) for kind, to in rows]


def run_at(at: Move, moment: datetime) -> list[tuple[str, str]]:
    at(moment)
    remind_of_sessions()
    return sent()


def move(event: Event, starts_at: datetime) -> None:
    session = session_of(event)
    session.starts_at = event.starts_at = starts_at
    session.ends_at = event.ends_at = starts_at + timedelta(hours=2)
    db.session.commit()


def test_a_week_and_a_day_before_and_each_once(event: Event, at: Move) -> None:
    email = book(event)
    week, day = ("week", email), ("day", email)
    assert run_at(at, STARTS - timedelta(days=7, minutes=1)) == []
    assert run_at(at, STARTS - timedelta(days=7)) == [week]
    assert run_at(at, STARTS - timedelta(days=6)) == [week]
    assert run_at(at, STARTS - timedelta(hours=24)) == [week, day]
    assert run_at(at, STARTS - timedelta(hours=1)) == [week, day]
    sent = sa.select(OutboxMessage.context).order_by(OutboxMessage.id)
    context = db.session.scalars(sent).all()[-1]
    assert context["dates"][0]["join_link"]


@pytest.mark.parametrize("state", [BookingState.WAITING, BookingState.CANCELLED])
def test_nobody_without_a_place(event: Event, at: Move, state: BookingState) -> None:
    book(event, state)
    assert run_at(at, STARTS - timedelta(days=7)) == []


def test_who_booked_after_it_was_due_has_just_been_written_to(event: Event, at: Move) -> None:
    at(STARTS - timedelta(days=6))
    email = book(event)
    assert run_at(at, STARTS - timedelta(days=5, hours=12)) == []
    assert run_at(at, STARTS - timedelta(hours=20)) == [("day", email)]


def test_one_that_moves_is_told_again_and_back_again_is_not(event: Event, at: Move) -> None:
    email = book(event)
    week = ("week", email)
    assert run_at(at, STARTS - timedelta(days=7)) == [week]
    move(event, STARTS + timedelta(days=14))
    assert run_at(at, STARTS) == [week]
    assert run_at(at, STARTS + timedelta(days=7)) == [week, week]
    move(event, STARTS + timedelta(days=14, hours=1))
    move(event, STARTS + timedelta(days=14))
    assert run_at(at, STARTS + timedelta(days=7, minutes=1)) == [week, week]


def test_moved_near_or_found_late_is_not_told_of_a_week(event: Event, at: Move) -> None:
    email = book(event)
    assert run_at(at, STARTS - timedelta(days=4)) == []
    assert run_at(at, STARTS - timedelta(days=1)) == [("day", email)]


def test_not_of_one_that_is_called_off(event: Event, at: Move) -> None:
    book(event)
    event.state = EventState.CANCELLED
    db.session.commit()
    assert run_at(at, STARTS - timedelta(days=7)) == []


def test_correct_across_the_change_of_the_clocks(at: Move) -> None:
    starts_at = datetime(2027, 4, 1, 9, tzinfo=clock.LONDON)
    event = make_event(starts_at=starts_at)
    book(event)
    assert run_at(at, datetime(2027, 3, 25, 7, 59, tzinfo=clock.LONDON)) == []
    assert len(run_at(at, datetime(2027, 3, 25, 9, tzinfo=clock.LONDON))) == 1


def test_as_many_statements_for_30_people_as_for_3(event: Event, at: Move) -> None:
    counts = []
    for people, day in ((3, 7), (27, 1)):
        for _ in range(people):
            book(event)
        at(STARTS - timedelta(days=day))
        with count_statements() as said:
            remind_of_sessions()
        counts.append(len(said))
    assert len(sent()) == 3 + 30
    assert counts[0] == counts[1]


@pytest.mark.thorough
def test_two_workers_remind_once(committed_app: Flask, at: Move) -> None:
    event = make_event(starts_at=STARTS)
    book(event)
    db.session.commit()
    at(STARTS - timedelta(days=7))
    told = race(committed_app, [remind_of_sessions] * 4)
    assert sum(one for one in told if isinstance(one, int)) == 1
    assert len(sent()) == 1
