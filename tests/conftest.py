"""The database under the tests, the application, the client, and people to sign in."""

from __future__ import annotations

import gc
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_migrate import upgrade

from cop_site import clock, create_app, storage
from cop_site.db import db, engine_options, listen
from tests.support.client import GatedClient
from tests.support.postgres import TemporaryPostgres, find_reason_missing

# How long an example takes tells of the machine: what must be quick is measured in bench/.
hypothesis.settings.register_profile("site", deadline=None)
hypothesis.settings.load_profile("site")

NOON = datetime(2026, 11, 10, 12, tzinfo=clock.LONDON)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=("sqlite", "postgresql"), default="sqlite")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: looking through it again and again takes a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def make_app(url: str, **settings: Any) -> Flask:
    app = create_app(
        {"SQLALCHEMY_DATABASE_URI": url, "TESTING": True, "HTMX_FROM": "cdn", **settings}
    )
    app.test_client_class = GatedClient
    return app


class Databases:
    """Fresh, migrated databases of the kind under test."""

    def __init__(self, folder: Path, postgres: TemporaryPostgres | None) -> None:
        self._folder = folder
        self._postgres = postgres
        self._count = 0
        self.template = postgres.new_database("template") if postgres else self._path("template")
        app = make_app(self.template)
        with app.app_context():
            upgrade()
            db.engine.dispose()

    def _path(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.sqlite3"

    def new(self) -> str:
        """The address of a database of its own, with every table and nothing in them."""
        self._count += 1
        if self._postgres:
            return self._postgres.new_database(f"copy{self._count}", template="template")
        copy = self._path(f"copy{self._count}")
        shutil.copy(self.template.removeprefix("sqlite:///"), copy.removeprefix("sqlite:///"))
        return copy


@pytest.fixture(scope="session")
def databases(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Databases]:
    folder = tmp_path_factory.mktemp("databases")
    if request.config.getoption("--database") == "sqlite":
        yield Databases(folder, None)
        return
    missing = find_reason_missing()
    assert missing is None, missing
    postgres = TemporaryPostgres()
    postgres.start()
    try:
        yield Databases(folder, postgres)
    finally:
        postgres.stop()


@pytest.fixture(scope="session")
def session_app(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("site")
    app = make_app(
        databases.new(), MAIL_FOLDER=str(folder / "mail"), STORAGE_URL=str(folder / "files")
    )
    yield app
    with app.app_context():
        db.engine.dispose()


@contextmanager
def undone(app: Flask) -> Iterator[None]:
    """One outer transaction around everything inside, undone at the end."""
    engines = db._app_engines[app]
    engine = engines[None]
    connection = engine.connect()
    outer = connection.begin()
    engines[None] = connection  # type: ignore[assignment]
    db.session.session_factory.configure(join_transaction_mode="create_savepoint")
    try:
        yield
    finally:
        db.session.remove()
        db.session.session_factory.configure(join_transaction_mode="conditional_savepoint")
        outer.rollback()
        connection.close()
        engines[None] = engine


@pytest.fixture
def app(session_app: Flask) -> Iterator[Flask]:
    """The application inside one outer transaction that is undone after the test."""
    with session_app.app_context(), undone(session_app):
        yield session_app


@pytest.fixture(scope="session")
def committing_app(databases: Databases) -> Flask:
    """Putting a site together takes longer than most races, so they share one."""
    return make_app(databases.template)


@pytest.fixture
def committed_app(committing_app: Flask, databases: Databases, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database of its own that really commits: for races and commands."""
    app, url = committing_app, databases.new()
    as_made = dict(app.config)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.extensions["storage"] = storage.from_url(str(tmp_path / "files"))
    with app.app_context():
        db._app_engines[app][None] = engine = sa.create_engine(url, **engine_options(url))
        listen(engine)
        yield app
        db.session.remove()
        engine.dispose()
    app.config.clear()
    app.config.update(as_made)


@pytest.fixture
def client(app: Flask) -> GatedClient:
    client = app.test_client()
    assert isinstance(client, GatedClient)
    return client


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Move the clock to a moment. It stands at noon on Tuesday 10 November 2026."""

    def move(moment: datetime) -> None:
        monkeypatch.setattr(clock, "source", lambda: moment.astimezone(UTC))

    return move


@pytest.fixture(autouse=True)
def standing_clock(at: Callable[[datetime], None]) -> None:
    at(NOON)
