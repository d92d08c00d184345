"""Tables that people take away as a file: each leaves a line in the record of changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response, request
from flask_login import current_user

from cop_site import audit
from cop_site.transaction import transaction
from cop_site.web.tables import Cell, csv_response

# A search may be a person's name, which the record would keep for years: of that only that it was.
SEARCHES = ("search", "q", "who")
LONGEST_FILTER = 60


def export_csv(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The only way a table leaves the site. Who took it is written down before the first byte goes.

    The rows are read before that: reading may take a while and must hold nobody up.
    """
    table = list(rows)
    taken = {"file": filename, "rows": len(table), "filter": _find_filter()}
    with transaction():
        by = current_user.user_id
        audit.record("export", by, "exported", by=by, now=taken)
    return csv_response(filename, header, table)


def _find_filter() -> dict[str, str]:
    """What the address narrows the table to."""
    return {
        key[:LONGEST_FILTER]: "something" if key in SEARCHES else value[:LONGEST_FILTER]
        for key, value in request.args.items()
        if value
    }
