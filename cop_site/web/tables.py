"""The one writer of tables as files: CSV and spreadsheets."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from urllib.parse import quote

from flask import Response

from cop_site import clock

Cell = str | int | bool | date | datetime | None

WIDEST_COLUMN = 60
# More than this a spreadsheet's cell can't hold.
LONGEST_CELL = 32_767
# A spreadsheet runs a cell that starts with one of these as a formula.
RUNS_AS_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def cell_text(value: Cell) -> str:
    """A cell as text: dates as ISO, moments on a London clock, and nothing that can run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, datetime):
        return clock.london(value).isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return f"'{value}" if value.startswith(RUNS_AS_FORMULA) else value


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> str:
    """A table as CSV text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([cell_text(name) for name in header])
    writer.writerows([cell_text(value) for value in row] for row in rows)
    return out.getvalue()


def csv_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A CSV file to save. The byte-order mark makes spreadsheets read it as UTF-8."""
    return Response(
        csv_text(header, rows).encode("utf-8-sig"),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": attachment(filename),
            "X-Content-Type-Options": "nosniff",
        },
    )


def xlsx_bytes(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as a spreadsheet (.xlsx). What begins like a formula is text there by its type."""
    # Loaded with the first spreadsheet: most workers never write one.
    import xlsxwriter

    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        bold, day = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd"})
        table = [list(row) for row in rows]
        for column, name in enumerate(header):
            sheet.write_string(0, column, name, bold)
            widest = max((len(_as_text(row[column])) for row in table), default=0)
            sheet.set_column(column, column, min(max(widest, len(name)) + 2, WIDEST_COLUMN))
        for number, row in enumerate(table, start=1):
            for column, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, date) and not isinstance(value, datetime):
                    sheet.write_datetime(number, column, datetime.combine(value, time()), day)
                elif isinstance(value, int) and not isinstance(value, bool):
                    sheet.write_number(number, column, value)
                else:
                    sheet.write_string(number, column, _as_text(value))
        sheet.freeze_panes(1, 0)
    return out.getvalue()


def _as_text(value: Cell) -> str:
    """As in a CSV file, without the sign that keeps a formula from running: here its type does."""
    return value[:LONGEST_CELL] if isinstance(value, str) else cell_text(value)


def xlsx_response(filename: str, header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """A spreadsheet to save."""
    return Response(
        xlsx_bytes(header, rows),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={
            "Content-Disposition": attachment(filename),
            "X-Content-Type-Options": "nosniff",
        },
    )


def attachment(filename: str) -> str:
    """The header that saves a file under a name, which may come from what people typed.

    Given twice, as ASCII and as UTF-8, so that every browser finds one it can read.
    """
    name = re.sub(r'[\x00-\x1f\x7f-\x9f"\\/:*?<>|;%]+', "-", filename)
    # No lone surrogates, and nothing invisible that turns the reading order round.
    name = "".join(letter for letter in name if unicodedata.category(letter) not in ("Cs", "Cf"))
    name = name.strip(". ") or "table.csv"
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip(".-") or "table.csv"
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
