"""Several people at one register at the same moment, with real threads and real commits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.attendance.many_services import save_paper
from cop_site.attendance.models import Mark, MarkChange, Register
from cop_site.attendance.services import (
    MarkedMeanwhileError,
    Tap,
    WalkIn,
    add_walk_in,
    close_register,
    mark_person,
)
from cop_site.audit import list_changes
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.planning.services import cancel_event
from cop_site.transaction import transaction
from tests.integration.attendance.conftest import Meeting, make_meeting
from tests.support.race import race

pytestmark = pytest.mark.thorough

Deed = Callable[[], object]


@pytest.fixture
def meeting(committed_app: Flask) -> Meeting:
    return make_meeting()


def at_once(app: Flask, deeds: Sequence[Deed]) -> list[str]:
    """Do everything at the same moment; the outcome of each is "done" or the error's name."""

    def run(deed: Deed) -> str:
        # Read first, as a view does, so that every thread has something stale in hand.
        db.session.scalars(sa.select(Register)).all()
        with transaction():
            deed()
        return "done"

    outcomes = race(app, [partial(run, deed) for deed in deeds])
    db.session.rollback()
    db.session.expire_all()
    return [given if isinstance(given, str) else type(given).__name__ for given in outcomes]


def marking(meeting: Meeting, kind: str, tap_id: str, by: ActingUser, person: int = 0) -> Deed:
    """Bound beforehand: what belongs to the test's own session is not for other threads."""
    tap = Tap(tap_id, meeting.people[person].id, kind, "not_recorded")
    session_id = meeting.session.id
    return lambda: mark_person(session_id, tap, by=by)


def count(model: type[object]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


class TestMarkPerson:
    def test_two_people_marking_one_person_apart_never_overwrite(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        deeds = [
            marking(meeting, "in_person", "tap-0001", meeting.by),
            marking(meeting, "apologies", "tap-0002", meeting.by_ep),
        ]
        outcomes = at_once(committed_app, deeds)
        assert sorted(outcomes) == [MarkedMeanwhileError.__name__, "done"]
        mark = db.session.scalars(sa.select(Mark)).one()
        assert mark.kind_key == ("in_person" if outcomes[0] == "done" else "apologies")
        assert count(MarkChange) == 1

    def test_the_same_tap_five_times_at_once_is_one_change(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        deed = marking(meeting, "in_person", "tap-0001", meeting.by)
        assert at_once(committed_app, [deed] * 5) == ["done"] * 5
        assert (count(Mark), count(MarkChange)) == (1, 1)

    def test_two_people_opening_at_once_open_one_register(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        deeds = [
            marking(meeting, "in_person", "tap-0001", meeting.by, person=0),
            marking(meeting, "in_person", "tap-0002", meeting.by_ep, person=1),
            marking(meeting, "in_person", "tap-0003", meeting.by, person=2),
        ]
        assert at_once(committed_app, deeds) == ["done"] * 3
        register = db.session.scalars(sa.select(Register)).one()
        assert [change.verb for change in list_changes("register", register.id)] == ["opened"]
        assert count(Mark) == 3


class TestEventCalledOffMeanwhile:
    def test_a_tap_that_waited_is_refused(self, committed_app: Flask, meeting: Meeting) -> None:
        """PostgreSQL reads only locked rows afresh after a wait; the event must be among them."""
        locked = threading.Event()
        event_id, by = meeting.event.id, meeting.by
        tap = marking(meeting, "in_person", "tap-0001", meeting.by)

        def call_off() -> str:
            with transaction():
                cancel_event(event_id, "Snow", by=by)
                locked.set()
                time.sleep(0.5)
            return "done"

        def mark() -> str:
            db.session.scalars(sa.select(Register)).all()
            assert locked.wait(timeout=10)
            with transaction():
                tap()
            return "done"

        called_off, marked = race(committed_app, [call_off, mark])
        assert called_off == "done"
        assert isinstance(marked, DomainError)
        assert count(Mark) == 0


class TestSavePaper:
    def test_two_sheets_and_a_tap_at_once_lose_and_overwrite_nothing(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        session_id = meeting.session.id
        ids = [person.id for person in meeting.people]

        def sheet(name: str, kind: str, by: ActingUser) -> Deed:
            taps = [Tap(f"{name}-{id_}", id_, kind, "not_recorded") for id_ in ids]
            return lambda: save_paper(session_id, taps, [], by=by)

        deeds = [
            sheet("sheet-one", "in_person", meeting.by),
            sheet("sheet-two", "apologies", meeting.by_ep),
            sheet("sheet-one", "in_person", meeting.by),
            marking(meeting, "online", "tap-0001", meeting.by_ep),
        ]
        at_once(committed_app, deeds)
        marks = dict(db.session.execute(sa.select(Mark.person_id, Mark.kind_key)).all())
        # Whoever was first stands: one change each, and none of them by anybody else.
        assert sorted(marks) == sorted(ids)
        assert count(MarkChange) == 3
        assert len({marks[id_] for id_ in ids[1:]}) == 1


class TestAddWalkIn:
    def test_sent_five_times_at_once_adds_one_person(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        people, session_id, by = count(Person), meeting.session.id, meeting.by
        walk_in = WalkIn("door-0001", "Nora New", meeting.alder.id, SchoolRoleKind.SENCO)

        def deed() -> int:
            return add_walk_in(session_id, walk_in, by=by)

        assert at_once(committed_app, [deed] * 5) == ["done"] * 5
        assert count(Person) == people + 1
        assert (count(Mark), count(MarkChange)) == (1, 1)


class TestCloseRegister:
    def test_closing_while_others_mark_loses_no_mark_and_makes_none_late(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        session_id, by = meeting.session.id, meeting.by_ep
        deeds: list[Deed] = [
            marking(meeting, "in_person", f"tap-000{person}", meeting.by, person)
            for person in range(3)
        ]
        deeds.insert(1, lambda: close_register(session_id, mark_rest=True, by=by))
        outcomes = at_once(committed_app, deeds)
        assert outcomes.pop(1) == "done"
        register = db.session.scalars(sa.select(Register)).one()
        assert register.is_closed
        kinds = dict(db.session.execute(sa.select(Mark.person_id, Mark.kind_key)).all())
        for person, outcome in zip(meeting.people, outcomes, strict=True):
            expected = "in_person" if outcome == "done" else "did_not_attend"
            assert kinds[person.id] == expected

    def test_twice_at_once_is_one_closing(self, committed_app: Flask, meeting: Meeting) -> None:
        session_id, by = meeting.session.id, meeting.by

        def deed() -> None:
            close_register(session_id, mark_rest=True, by=by)

        assert at_once(committed_app, [deed] * 3) == ["done"] * 3
        register = db.session.scalars(sa.select(Register)).one()
        verbs = [change.verb for change in list_changes("register", register.id)]
        assert verbs == ["opened", "closed"]
        assert count(MarkChange) == 3
