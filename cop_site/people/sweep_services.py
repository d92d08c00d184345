"""Taking somebody out of texts that others wrote, in whatever table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from cop_site.db import db
from cop_site.held import Wording
from cop_site.people import signals

Texts = Sequence[InstrumentedAttribute[Any]]


def sweep(wording: Wording) -> None:
    """Take the wording out of every text that a domain has declared."""
    for table, columns in _tables():
        for key, texts in _find(table, columns, wording):
            cleaned = {column.name: wording.clean(texts[column.name]) for column in columns}
            db.session.execute(sa.update(table).where(_is(table, key)).values(cleaned))


def find_places(wording: Wording) -> dict[str, list[str]]:
    """The numbers of the rows that have it, by table."""
    found = {
        table.name: ["-".join(map(str, key)) for key, _texts in _find(table, columns, wording)]
        for table, columns in _tables()
    }
    return {name: numbers for name, numbers in found.items() if numbers}


def _tables() -> Iterator[tuple[sa.Table, list[sa.Column[Any]]]]:
    columns = [text.property.columns[0] for one in signals.list_erasers() for text in one.texts]
    for table, own in groupby(columns, key=lambda column: column.table):
        yield table, list(own)


def _find(
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


def _is(table: sa.Table, key: tuple[Any, ...]) -> sa.ColumnElement[bool]:
    return sa.and_(
        *(column == value for column, value in zip(table.primary_key.columns, key, strict=True))
    )
