"""Where texts that others wrote name somebody, in whatever table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from cop_site.audit import CONFIDENTIAL
from cop_site.db import FREE_TEXT, Base, db
from cop_site.held import Wording
from cop_site.people.erasure_models import ErasureStep
from cop_site.people.place_models import Place

MOST_NUMBERS = 20
LOT = 200
# Of any thing, also of what is confidential: the record of changes, mail on its way, and forms that
# nobody has sent.
MIXED = ("change", "outbox_message", "parked_form")
HIDDEN = frozenset({*MIXED, *(table for tables in CONFIDENTIAL.values() for table in tables)})

Texts = tuple[sa.Table, list[sa.Column[Any]]]


def list_tables() -> Iterator[Texts]:
    """Every table with columns that are FreeText or FreeJson, and those. Each has an id."""
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.columns if column.info == FREE_TEXT]
        if columns:
            yield table, columns


def list_told_tables() -> list[Texts]:
    return [texts for texts in list_tables() if texts[0].name not in HIDDEN]


def find_places(wordings: Sequence[Wording]) -> list[list[Place]]:
    """For each where texts have any of it, for whoever looks at them.

    Every table is read once, however many there are. Those are passed over that administrators
    must not read, as they could search them by calling somebody what they look for.
    """
    told = [say_places(texts, wordings) for texts in list_told_tables()]
    return [list(filter(None, places)) for places in zip(*told, strict=True)]


def say_places(texts: Texts, wordings: Sequence[Wording]) -> list[Place]:
    """For each the rows of a table that have it."""
    table, columns = texts
    query = _may_have(texts, wordings, table.c.id, *columns)
    found: list[list[int]] = [[] for _ in wordings]
    for row in db.session.execute(query.execution_options(yield_per=LOT)):
        said = {column.name: row._mapping[column] for column in columns}
        for ids, wording in zip(found, wordings, strict=True):
            if clean(table, said, wording) != said:
                ids.append(row.id)
    return [
        Place(table.name, tuple(ids[:MOST_NUMBERS]), max(0, len(ids) - MOST_NUMBERS))
        for ids in found
    ]


def find_ids(texts: Texts, wording: Wording) -> list[int]:
    """Rows that may have it, as far as the database can tell: read them before you believe it."""
    return list(db.session.scalars(_may_have(texts, [wording], texts[0].c.id)))


def has_pieces(column: Any, pieces: frozenset[str]) -> sa.ColumnElement[bool]:
    """All of them, in whatever order: "%ng%" alone would be half the texts there are."""
    text = sa.cast(column, sa.Text)
    return sa.and_(sa.true(), *(text.icontains(one, autoescape=True) for one in sorted(pieces)))


def list_steps(person_id: int) -> list[int]:
    """What an erasure has still to do, in its order."""
    own = sa.select(ErasureStep.id).where(ErasureStep.person_id == person_id)
    return list(db.session.scalars(own.order_by(ErasureStep.id)))


def _may_have(texts: Texts, wordings: Sequence[Wording], *chosen: Any) -> sa.Select[Any]:
    table, columns = texts
    pieces = {one for wording in wordings for one in wording.pieces}
    any_of = (has_pieces(column, one) for column in columns for one in pieces)
    return sa.select(*chosen).where(sa.or_(sa.false(), *any_of)).order_by(table.c.id)


def clean(table: sa.Table, row: dict[str, Any], wording: Wording) -> dict[str, Any]:
    """A row's texts without them."""
    return {key: _fit(table.c[key], value) for key, value in wording.clean(row).items()}


def _fit(column: sa.Column[Any], value: Any) -> Any:
    """“Removed person” is longer than some names, and PostgreSQL takes no more than it said."""
    longest = getattr(column.type, "length", None)
    return value[:longest] if isinstance(value, str) else value
