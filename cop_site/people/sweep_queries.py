"""Where texts that others wrote name somebody, in whatever table."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from cop_site.db import db
from cop_site.held import Wording
from cop_site.people import signals

MOST_NUMBERS = 20


def find_places(names: frozenset[str]) -> str:
    """Where texts have these names, for whoever looks at them: like "entry 12, 15, notice 3"."""
    wording = Wording(names, frozenset())
    places = []
    for table, columns in list_tables():
        found = [key for key, _texts in find_rows(table, columns, wording)]
        numbers = [str(key[0]) for key in found[:MOST_NUMBERS]]
        if numbers:
            more = f" and {len(found) - MOST_NUMBERS} more" if len(found) > MOST_NUMBERS else ""
            places.append(f"{table.name.replace('_', ' ')} {', '.join(numbers)}{more}")
    return ", ".join(places)


def list_tables() -> Iterator[tuple[sa.Table, list[sa.Column[Any]]]]:
    """The columns that domains have declared as texts, by table."""
    columns = [text.property.columns[0] for one in signals.list_erasers() for text in one.texts]
    for table, own in groupby(columns, key=lambda column: column.table):
        yield table, list(own)


def find_rows(
    table: sa.Table, columns: list[sa.Column[Any]], wording: Wording
) -> list[tuple[tuple[Any, ...], dict[str, Any]]]:
    """The key and the texts of each row that cleaning would change.

    The database finds rows by a piece of the wording; what it finds is looked at in full.
    """
    has_it = [
        sa.cast(column, sa.Text).icontains(part, autoescape=True)
        for column in columns
        for part in wording.parts
    ]
    if not has_it:
        return []
    keys = list(table.primary_key.columns)
    rows = db.session.execute(
        sa.select(*keys, *columns).where(sa.or_(*has_it)).order_by(*keys)
    ).mappings()
    read = [
        (tuple(row[key] for key in keys), {column.name: row[column] for column in columns})
        for row in rows
    ]
    return [(key, texts) for key, texts in read if wording.clean(texts) != texts]
