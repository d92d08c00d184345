"""Two people change the dates of an event at once, or one of them clicks five times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from cop_site.accounts.models import ServiceRoleKind
from cop_site.db import db
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Mode
from cop_site.planning import programme_services
from cop_site.planning.programme_services import OptionDetails, SessionDetails
from cop_site.transaction import transaction
from tests.conftest import NOON
from tests.factories.acting import acting
from tests.factories.events import make_event
from tests.factories.people import make_service_user
from tests.support.race import race

pytestmark = pytest.mark.thorough
DAYS = (35, 21, 28)


def date(starts_at: datetime) -> SessionDetails:
    return SessionDetails(starts_at, starts_at + timedelta(hours=1), "Hall", "")


def add(event: Event, option_id: int, days: int) -> Callable[[], Any]:
    by = acting(make_service_user(ServiceRoleKind.EP))

    def run() -> None:
        event_queries.get_event(event.id, sa.true())
        with transaction():
            details = date(NOON + timedelta(days=days))
            programme_services.add_session(event.id, option_id, details, by=by)

    return run


def test_the_event_lasts_until_the_last_of_all_dates(committed_app: Flask) -> None:
    event = make_event()
    db.session.commit()
    option_id = event_queries.get_event(event.id, sa.true()).options[0].id
    runners = [add(event, option_id, days) for days in DAYS]
    db.session.commit()
    given = race(committed_app, runners)
    assert given == [None] * 3
    db.session.rollback()
    found = event_queries.get_event(event.id, sa.true())
    assert len(found.options[0].sessions) == 4
    assert found.ends_at == NOON + timedelta(days=35, hours=1)


def test_five_clicks_are_one_date(committed_app: Flask) -> None:
    event = make_event()
    db.session.commit()
    option_id = event_queries.get_event(event.id, sa.true()).options[0].id
    runners = [add(event, option_id, 20)] * 5
    db.session.commit()
    assert race(committed_app, runners) == [None] * 5
    db.session.rollback()
    assert len(event_queries.get_event(event.id, sa.true()).options[0].sessions) == 2


def test_five_clicks_are_one_time_to_choose_whatever_was_typed_besides(
    committed_app: Flask,
) -> None:
    event, by = make_event(), acting(make_service_user(ServiceRoleKind.EP))
    db.session.commit()
    details = OptionDetails("Online", Mode.ONLINE, 12, 30)

    def click() -> None:
        with transaction():
            first = SessionDetails(NOON + timedelta(days=9), NOON + timedelta(days=10), "", "")
            programme_services.add_option(event.id, details, first, by=by)

    assert race(committed_app, [click] * 5) == [None] * 5
    db.session.rollback()
    assert len(event_queries.get_event(event.id, sa.true()).options) == 2
