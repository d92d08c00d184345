"""The log of the demonstration borough hangs together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site import clock
from cop_site.accounts.models import User
from cop_site.db import db
from cop_site.demo import borough, calendar, support
from cop_site.demo.borough import Borough
from cop_site.pupil_data import find_pupil_data
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.support import plan_queries, queries
from cop_site.support.models import Action, Entry, EntrySchool, EntryState
from cop_site.transaction import transaction
from tests.conftest import undone

pytestmark = [pytest.mark.sqlite_only, pytest.mark.thorough]
DAYS = (date(2026, 9, 24), date(2026, 11, 21), date(2027, 1, 4), date(2027, 6, 1))


@dataclass(frozen=True)
class Built:
    borough: Borough
    today: date


@pytest.fixture(scope="module", params=DAYS, ids=str)
def on_day(session_app: Flask, request: pytest.FixtureRequest) -> Iterator[Built]:
    """Built once for each day: that takes seconds, looking does not."""
    today: date = request.param
    with pytest.MonkeyPatch.context() as patch, session_app.app_context(), undone(session_app):
        patch.setattr(clock, "source", lambda: noon_of(today))
        with transaction():
            made = borough.build(today, Random(1), "hash")
            support.add_support(made, calendar.told_terms(today), today)
        yield Built(made, today)


@pytest.fixture
def built(on_day: Built, at: Callable[[datetime], None]) -> Built:
    at(noon_of(on_day.today))
    return on_day


def noon_of(day: date) -> datetime:
    return datetime.combine(day, time(12), tzinfo=clock.LONDON)


class TestAddSupport:
    def test_is_believable_on_any_day(self, built: Built) -> None:
        entries = db.session.scalars(sa.select(Entry)).all()
        assert all(entry.day <= built.today and entry.day.weekday() < 5 for entry in entries)
        assert all(entry.first_submitted_at <= clock.now() for entry in entries)
        assert {entry.cluster_id for entry in entries} == {one.id for one in built.borough.clusters}
        self.each_school_was_in_its_cluster()
        self.nothing_names_a_pupil(built.today)
        self.what_waits_is_there(built.borough)

    def each_school_was_in_its_cluster(self) -> None:
        strays = (
            sa.select(sa.func.count())
            .select_from(EntrySchool)
            .join(Entry, Entry.id == EntrySchool.entry_id)
            .outerjoin(
                ClusterMembership,
                sa.and_(
                    ClusterMembership.school_id == EntrySchool.school_id,
                    ClusterMembership.cluster_id == Entry.cluster_id,
                    ClusterMembership.starts_on <= Entry.day,
                ),
            )
            .where(ClusterMembership.id.is_(None))
        )
        assert db.session.scalar(strays) == 0

    def nothing_names_a_pupil(self, today: date) -> None:
        texts = [told.agreed for told in support.TOLD] + [told.action for told in support.TOLD]
        assert not [text for text in texts if find_pupil_data(text, today)]

    def what_waits_is_there(self, made: Borough) -> None:
        ep, asep = made.people["ep"], made.people["asep"]
        heather, rowan = made.clusters[:2]
        waiting = queries.list_to_countersign([heather.id, rowan.id], -1, ep.id)
        lefts = [row.days_left for row in waiting]
        assert len(lefts) == 4 and lefts == sorted(lefts) and lefts[0] < 0 < lefts[-1]
        user = db.session.scalars(sa.select(User).where(User.person_id == asep.id)).one()
        assert len(queries.list_unfinished(user.id, asep.id)) == 1
        own = made.schools[1].id
        actions = db.session.scalars(sa.select(Action).where(Action.school_id == own)).all()
        still = [action for action in actions if action.is_open]
        assert any(action.due_on < clock.today() for action in still)
        assert any(action.due_on > clock.today() for action in still)
        assert len(still) < len(actions)

    def test_delivery_is_believable_and_one_cluster_is_unplanned(self, built: Built) -> None:
        made = built.borough
        for term in plan_queries.load_board(None, None).terms[:3]:
            board = plan_queries.load_board(None, term.id)
            lines = {line.cluster_id: line.delivery for line in board.lines}
            if not lines[made.clusters[0].id].planned.is_planned or board.to < term.ends_on:
                continue
            assert lines[made.clusters[-1].id].headline == "Unplanned"
            percents = [lines[one.id].percent or 0 for one in made.clusters[:-1]]
            assert all(65 <= percent <= 115 for percent in percents), (term.name, percents)

    def test_an_assistants_entry_is_countersigned_or_waits(self, built: Built) -> None:
        states = set(db.session.scalars(sa.select(Entry.state).distinct()))
        assert states == {
            EntryState.WAITING,
            EntryState.SENT_BACK,
            EntryState.COUNTERSIGNED,
            EntryState.RECORDED,
        }
