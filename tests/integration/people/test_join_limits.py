"""How much can be asked for one address, and that a stranger can't use it up for its owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import SchoolRoleKind
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.notifications.models import OutboxMessage
from cop_site.people import join_services
from cop_site.people.join_services import ENOUGH, Asking
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.schools.models import School
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.schools import make_school
from tests.support.race import race

EMAIL = "asks@oak.example"
HOUR = timedelta(hours=1)
Move = Callable[[datetime], None]


def ask(school: School, name: str = "Asks") -> None:
    with transaction():
        join_services.ask(school.id, Asking(name, EMAIL, SchoolRoleKind.TEACHER))


def confirm(token: str) -> JoinState:
    with transaction():
        return join_services.confirm(token).state


def tokens() -> list[str]:
    query = sa.select(OutboxMessage).order_by(OutboxMessage.id)
    found = [row.context["once"] for row in db.session.scalars(query) if "once" in row.context]
    db.session.rollback()
    return found


def states() -> Counter[JoinState]:
    found = Counter(db.session.scalars(sa.select(JoinRequest.state)))
    db.session.rollback()
    return found


class TestAsk:
    def test_three_links_an_hour_go_to_an_address(self, app: Flask, at: Move) -> None:
        for _ in range(5):
            ask(make_school())
        assert states() == {JoinState.UNCONFIRMED: 3}
        assert len(tokens()) == 3
        at(NOON + HOUR - timedelta(seconds=1))
        ask(make_school())
        assert len(tokens()) == 3
        at(NOON + HOUR)
        ask(make_school())
        assert len(tokens()) == 4

    def test_the_same_school_again_counts_as_well(self, app: Flask, at: Move) -> None:
        school = make_school()
        for minutes in (0, 15, 30, 45):
            at(NOON + timedelta(minutes=minutes))
            ask(school)
        assert len(tokens()) == 3
        assert confirm(tokens()[-1]) is JoinState.WAITING

    def test_a_stranger_does_not_use_up_what_the_owner_may_ask(self, app: Flask, at: Move) -> None:
        for _ in range(3):
            ask(make_school(), name="A Stranger")
        at(NOON + HOUR)
        ask(make_school("Own"))
        assert states() == {JoinState.UNCONFIRMED: 4}
        assert confirm(tokens()[-1]) is JoinState.WAITING

    def test_three_confirmed_ones_are_all_that_wait(self, app: Flask, at: Move) -> None:
        for _ in range(3):
            ask(make_school())
        at(NOON + HOUR)
        ask(make_school())
        for token in tokens()[:3]:
            confirm(token)
        at(NOON + 2 * HOUR)
        ask(make_school())
        assert len(tokens()) == 4, "nothing more while three wait"
        with pytest.raises(DomainError, match=ENOUGH):
            confirm(tokens()[3])
        db.session.execute(
            sa.update(JoinRequest)
            .where(JoinRequest.state == JoinState.WAITING)
            .values(state=JoinState.DECLINED)
        )
        db.session.commit()
        assert confirm(tokens()[3]) is JoinState.WAITING


class TestAtOnce:
    def test_burst_for_one_address_stays_at_three(self, committed_app: Flask) -> None:
        schools = [make_school() for _ in range(8)]
        db.session.commit()
        race(committed_app, [partial(ask, one) for one in schools])
        db.session.rollback()
        assert states() == {JoinState.UNCONFIRMED: 3}

    def test_four_links_at_once_and_three_wait(self, committed_app: Flask, at: Move) -> None:
        schools = [make_school() for _ in range(4)]
        db.session.commit()
        for number, one in enumerate(schools):
            at(NOON + number * HOUR)
            ask(one)
        given = race(committed_app, [partial(confirm, token) for token in tokens()])
        db.session.rollback()
        assert [isinstance(one, DomainError) for one in given].count(True) == 1, given
        assert states() == {JoinState.WAITING: 3, JoinState.UNCONFIRMED: 1}
