"""The borough as it is built on days of the year, for tests that only look at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from flask import Flask

from cop_site import clock
from cop_site.db import db
from cop_site.demo.services import build_demonstration
from tests.conftest import Databases, make_app, undone

DAYS = (
    datetime(2026, 8, 15, 10, tzinfo=clock.LONDON),
    datetime(2026, 9, 3, 10, tzinfo=clock.LONDON),
    datetime(2026, 11, 21, 10, tzinfo=clock.LONDON),
    datetime(2027, 1, 2, 10, tzinfo=clock.LONDON),
    datetime(2027, 5, 31, 10, tzinfo=clock.LONDON),
)


@pytest.fixture(scope="session", params=DAYS, ids=lambda day: f"{day:%d-%b}")
def built(
    request: pytest.FixtureRequest,
    databases: Databases,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Flask, datetime]]:
    """Built once a day of the year: that takes seconds, looking does not."""
    day: datetime = request.param
    app = make_app(databases.new(), STORAGE_URL=str(tmp_path_factory.mktemp("files")))
    with pytest.MonkeyPatch.context() as patch, app.app_context():
        patch.setattr(clock, "source", lambda: day)
        build_demonstration(clock.today(), "not a hash")
        db.session.commit()
        db.session.remove()
    yield app, day
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def borough(built: tuple[Flask, datetime], at: Callable[[datetime], None]) -> Iterator[Flask]:
    """On each of the days: the borough, and what a test does to it is undone."""
    app, day = built
    at(day)
    with app.app_context(), undone(app):
        yield app
