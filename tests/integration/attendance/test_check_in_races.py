"""Checking in at the same moment as others do, with real threads and real commits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.attendance.check_in_models import CheckIn
from cop_site.attendance.check_in_services import check_in, find_session, make_code, stop_code
from cop_site.attendance.models import Mark, MarkChange, Register
from cop_site.attendance.services import Tap, close_register, mark_person
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from tests.factories.acting import acting
from tests.integration.attendance import checking_in
from tests.integration.attendance.checking_in import CODE, make_guest
from tests.integration.attendance.conftest import Meeting, make_meeting
from tests.support.race import race

pytestmark = pytest.mark.thorough

Deed = Callable[[], object]


@pytest.fixture
def meeting(committed_app: Flask) -> Meeting:
    return make_meeting()


def at_once(app: Flask, *deeds: Deed) -> list[object]:
    """What each gave, or the name of its error."""

    def run(deed: Deed) -> object:
        # Read first, as a view does, so that every thread has something stale in hand.
        db.session.scalars(sa.select(Register)).all()
        db.session.scalars(sa.select(CheckIn)).all()
        with transaction():
            return deed()

    outcomes = race(app, [partial(run, deed) for deed in deeds])
    db.session.rollback()
    db.session.expire_all()
    return [str(given.sentence) if isinstance(given, DomainError) else given for given in outcomes]


def count(model: type[object]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


class TestMakeCode:
    def test_five_clicks_and_two_people_make_one(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        session_id = meeting.session.id
        deeds = [
            partial(make_code, session_id, instead_of=None, by=by)
            for by in (meeting.by, meeting.by_ep, meeting.by, meeting.by_ep, meeting.by)
        ]
        assert at_once(committed_app, *deeds) == [None] * 5
        assert count(CheckIn) == 1

    def test_a_new_one_asked_for_twice_is_one(self, committed_app: Flask, meeting: Meeting) -> None:
        shown = checking_in.make_code(meeting)
        deed = partial(make_code, meeting.session.id, instead_of=shown.id, by=meeting.by)
        assert at_once(committed_app, deed, deed, deed) == [None] * 3
        in_use = sa.select(CheckIn.code).where(CheckIn.stopped_at.is_(None))
        assert count(CheckIn) == 2 and len(db.session.scalars(in_use).all()) == 1


class TestCheckIn:
    def test_five_clicks_are_one_mark(self, committed_app: Flask, meeting: Meeting) -> None:
        checking_in.make_code(meeting)
        guest = acting(make_guest(meeting))
        deed = partial(check_in, meeting.session.id, CODE, by=guest)
        outcomes = at_once(committed_app, *[deed] * 5)
        assert sorted(map(str, outcomes)) == ["False"] * 4 + ["True"]
        assert (count(Register), count(Mark), count(MarkChange)) == (1, 1, 1)

    def test_a_whole_table_at_once_opens_one_register(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        checking_in.make_code(meeting)
        guests = [acting(make_guest(meeting, f"Guest {number}")) for number in range(6)]
        deeds = [partial(check_in, meeting.session.id, CODE, by=guest) for guest in guests]
        assert at_once(committed_app, *deeds) == [True] * 6
        assert (count(Register), count(Mark), count(MarkChange)) == (1, 6, 6)

    @pytest.mark.parametrize("kind", ["in_person", "apologies"])
    def test_and_a_tap_on_the_same_person_lose_nothing(
        self, committed_app: Flask, meeting: Meeting, kind: str
    ) -> None:
        checking_in.make_code(meeting)
        user = make_guest(meeting)
        tap = Tap("tap-0001", user.person_id, kind, "not_recorded")
        came, tapped = at_once(
            committed_app,
            partial(check_in, meeting.session.id, CODE, by=acting(user)),
            partial(mark_person, meeting.session.id, tap, by=meeting.by),
        )
        mark = db.session.scalars(sa.select(Mark)).one()
        # They came: an apology that was first is overtaken, one that is second is refused.
        assert mark.kind_key == "in_person"
        if kind == "in_person":
            assert tapped is None and count(MarkChange) == 1
        else:
            assert came is True
            assert tapped is None or "Marked as attended in person" in str(tapped)

    def test_while_the_register_closes_is_counted_or_refused(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        checking_in.make_code(meeting)
        user = make_guest(meeting)
        came, _closed = at_once(
            committed_app,
            partial(check_in, meeting.session.id, CODE, by=acting(user)),
            partial(close_register, meeting.session.id, mark_rest=True, by=meeting.by),
        )
        own = sa.select(Mark.kind_key).where(Mark.person_id == user.person_id)
        kind = db.session.scalar(own)
        assert kind == ("in_person" if came is True else "did_not_attend")

    def test_while_the_code_is_stopped_is_marked_or_told(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        code = checking_in.make_code(meeting)
        user = make_guest(meeting)
        came, stopped = at_once(
            committed_app,
            partial(check_in, meeting.session.id, CODE, by=acting(user)),
            partial(stop_code, meeting.session.id, code.id, by=meeting.by),
        )
        assert stopped is None
        assert count(Mark) == (1 if came is True else 0)


class TestFindSession:
    def test_a_burst_of_wrong_codes_is_stopped_at_ten(
        self, committed_app: Flask, meeting: Meeting
    ) -> None:
        guest = acting(make_guest(meeting))
        deed = partial(find_session, "CCCCCC", by=guest)
        outcomes = at_once(committed_app, *[deed] * 14)
        assert outcomes.count(None) == 10
        assert sum("too many tries" in str(given) for given in outcomes) == 4
