"""Tables that people take away as a file: each leaves a line in the record of changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from flask import Response, request
from flask_login import current_user

from cop_site import audit
from cop_site.transaction import transaction
from cop_site.web.tables import Cell, csv_response, xlsx_response

# A search may be a person's name, which the record would keep for years: of that only that it was.
SEARCHES = ("search", "q", "who")
LONGEST_FILTER = 60
Writer = Callable[[str, Sequence[str], Iterable[Sequence[Cell]]], Response]


def export_csv(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A table as a CSV file. With ``export_xlsx`` the only way a table leaves the site."""
    return _export(csv_response, filename, header, rows)


def export_xlsx(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A table as a spreadsheet."""
    return _export(xlsx_response, filename, header, rows)


def _export(
    write: Writer, filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]
) -> Response:
    """Who took it is written down before the first byte goes.

    The rows are read before that: reading may take a while and must hold nobody up.
    """
    table = list(rows)
    note_taken(filename, len(table))
    return write(filename, header, table)


def note_taken(filename: str, rows: int) -> None:
    """Write down who takes a file with so many people or rows in it, and what narrows it."""
    taken = {"file": filename, "rows": rows, "filter": _find_filter()}
    with transaction():
        by = current_user.user_id
        audit.record("export", by, "exported", by=by, now=taken)


def _find_filter() -> dict[str, str]:
    """What the address narrows the table to."""
    return {
        key[:LONGEST_FILTER]: "something" if key in SEARCHES else value[:LONGEST_FILTER]
        for key, value in request.args.items()
        if value
    }
