"""Every endpoint, every role, by request. An endpoint missing from the table fails."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask, url_for

from cop_site.db import db
from tests.integration.access.matrix import ANONYMOUS, EVERYONE, Row, make_world
from tests.support.client import GatedClient

# Rights are the same on both databases, and the table is long.
pytestmark = pytest.mark.sqlite_only


def _rows() -> Iterator[Row]:
    for path in sorted(Path(__file__).parent.glob("rows_*.py")):
        yield from importlib.import_module(f"{__package__}.{path.stem}").ROWS


ROWS = tuple(_rows())


def _name(row: Row) -> str:
    return f"{row.method} {row.endpoint}"


@pytest.mark.parametrize("row", ROWS, ids=_name)
def test_each_person_gets_what_the_table_says(app: Flask, row: Row) -> None:
    world = make_world()
    row.prepare(world)
    for who in EVERYONE:
        # Each person finds the world as it was, whatever the one before was allowed to change.
        before = db.engine.begin_nested()  # type: ignore[attr-defined]
        client = app.test_client()
        assert isinstance(client, GatedClient)
        if who != ANONYMOUS:
            client.sign_in(world.users[who])
        with app.test_request_context():
            address = url_for(row.endpoint, **row.url(world))
        if row.method == "GET":
            answer = client.get(address)
        else:
            answer = client.send(address, **row.fields(world))
        answer.close()
        db.session.remove()
        before.rollback()
        assert answer.status_code == row.statuses[who], f"{who}: {_name(row)}"


def test_every_endpoint_is_in_the_table(app: Flask) -> None:
    in_table = {(row.endpoint, row.method) for row in ROWS}
    missing = {
        (rule.endpoint, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    } - in_table
    assert not missing


def test_the_table_names_every_person(app: Flask) -> None:
    assert all(set(row.statuses) == set(EVERYONE) for row in ROWS)
