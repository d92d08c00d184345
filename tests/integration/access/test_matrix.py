"""Every endpoint, every role, by request. An endpoint missing from the table fails."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, url_for

from cop_site import clock
from cop_site.accounts.models import User
from cop_site.accounts.services import start_sign_in
from cop_site.audit import Change
from cop_site.db import db
from cop_site.transaction import transaction
from tests.conftest import NOON, undone
from tests.integration.access.matrix import ANONYMOUS, EVERYONE, Row, World, make_world
from tests.support.client import GatedClient

# Rights are the same on both databases, and the table is long.
pytestmark = [pytest.mark.sqlite_only, pytest.mark.thorough]


# Tables and everything held about a person: what leaves the site with people's data in it.
TAKEN_AWAY = (
    *("text/csv", "application/zip"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)


def _rows() -> Iterator[Row]:
    for path in sorted(Path(__file__).parent.glob("rows_*.py")):
        yield from importlib.import_module(f"{__package__}.{path.stem}").ROWS


ROWS = tuple(_rows())


def _name(row: Row) -> str:
    return f"{row.method} {row.endpoint}"


@dataclass(frozen=True)
class Stage:
    """The world, built once for the whole table, with a sign-in for each person in it."""

    app: Flask
    world: World
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def stage(session_app: Flask) -> Iterator[Stage]:
    """Inside one outer transaction; each row undoes what it did."""
    with pytest.MonkeyPatch.context() as patched, session_app.app_context():
        # Built before any test has stopped the clock.
        patched.setattr(clock, "source", lambda: NOON.astimezone(UTC))
        with undone(session_app):
            world = make_world()
            with transaction():
                tokens = {
                    who: start_sign_in(user.id, remember=False, device="test")
                    for who, user in world.users.items()
                }
            db.session.remove()
            yield Stage(session_app, world, tokens)


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_each_person_gets_what_the_table_says(stage: Stage, row: Row) -> None:
    world = replace(stage.world, more={})
    as_built = db.engine.begin_nested()  # type: ignore[attr-defined]
    try:
        row.prepare(world)
        for who in EVERYONE:
            # Each person finds the world as it was, whatever the one before could change.
            before = db.engine.begin_nested()  # type: ignore[attr-defined]
            status = _call(stage, row, world, who)
            db.session.remove()
            before.rollback()
            assert status == row.statuses[who], f"{who}: {_name(row)}"
    finally:
        db.session.remove()
        as_built.rollback()


def _call(stage: Stage, row: Row, world: World, who: str) -> int:
    client = stage.app.test_client()
    assert isinstance(client, GatedClient)
    if who != ANONYMOUS:
        client.come_as(world.users[who], stage.tokens[who])
    with stage.app.test_request_context():
        address = url_for(row.endpoint, **row.url(world))
    if row.method == "GET":
        answer = client.get(address)
    else:
        answer = client.send(address, **row.fields(world))
    if answer.mimetype in TAKEN_AWAY:
        assert _is_written_down(world.users[who]), f"{who} takes a file and nobody knows"
    answer.close()
    return answer.status_code


def _is_written_down(user: User) -> bool:
    taken = sa.or_(Change.verb.contains("export"), Change.verb.contains("download"))
    return db.session.query(Change).filter(Change.by_user_id == user.id, taken).count() == 1


def test_every_endpoint_is_in_the_table(session_app: Flask) -> None:
    in_table = {(row.endpoint, row.method) for row in ROWS}
    missing = {
        (rule.endpoint, method)
        for rule in session_app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    } - in_table
    assert not missing


def test_the_table_names_every_person() -> None:
    assert all(set(row.statuses) == set(EVERYONE) for row in ROWS)
