"""A list of people to invite, as it was pasted or saved from a spreadsheet. Knows no database."""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from cop_site import clock
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind, Standing
from cop_site.accounts.role_queries import LATEST_START, PARTNER, SCHOOL, SERVICE
from cop_site.email_addresses import is_email_address
from cop_site.errors import DomainError
from cop_site.person_names import is_name
from cop_site.web.typed import read_day

Row = TypeVar("Row")
MOST_LINES = 500
LARGEST_FILE = 256 * 1024
LONGEST_CELL = 200
# Cells that a spreadsheet would run, and that begin nobody's name.
RUNS_AS_FORMULA = ("=", "+", "-", "@")
# What can only be a day, at the end of a line that has no row of headings.
DAY = re.compile(r"[0-9]{1,4}[/.-][0-9]{1,2}[/.-][0-9]{1,4}")
# What spreadsheets call the columns.
CALLED = {
    "name": {"name", "full name", "person"},
    "first": {"first name", "forename", "given name"},
    "last": {"last name", "surname", "family name"},
    "email": {"email", "e-mail", "email address", "work email", "mail"},
    "role": {"role", "job title", "job", "post"},
    "place": {"school", "urn", "school or partner", "place", "where", "partner", "school name"},
    "day": {"first day", "start date", "starts on", "start", "from", "since", "in post since"},
}
ALSO_CALLED = {
    "sendco": SchoolRoleKind.SENCO,
    "head": SchoolRoleKind.HEADTEACHER,
    "head teacher": SchoolRoleKind.HEADTEACHER,
    "ta": SchoolRoleKind.TEACHING_ASSISTANT,
    "school office": SchoolRoleKind.OFFICE,
    "office manager": SchoolRoleKind.OFFICE,
}
IN_SERVICE = {
    "ep": ServiceRoleKind.EP,
    "assistant educational psychologist": ServiceRoleKind.ASEP,
    "aep": ServiceRoleKind.ASEP,
}


@dataclass(frozen=True)
class ReadRole:
    """A role as a word names it; ``key`` as in the database."""

    source: str
    key: str
    standing: Standing = Standing.SUBSTANTIVE


@dataclass(frozen=True)
class ListLine:
    """One line. ``text`` goes back into the box; ``fault`` says what is wrong in it, or nothing.

    ``starts_on``: its own first day, None where it names none.
    """

    text: str
    name: str = ""
    email: str = ""
    role: ReadRole | None = None
    place: str = ""
    fault: str = ""
    starts_on: date | None = None


def decode(content: bytes) -> str:
    """The text of a file in UTF-8 or Windows-1252. Raises DomainError where it is none."""
    if len(content) > LARGEST_FILE:
        raise DomainError("The file is larger than 256 KB: send it in parts", field="file")
    if content.startswith(b"PK"):
        raise DomainError("This is a spreadsheet. Save it as CSV first", field="file")
    if b"\0" in content:
        raise DomainError("This is not a text file. Save it as CSV first", field="file")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read_list(text: str) -> list[ListLine]:
    """Every line with something in it. A first row that names the columns may order them otherwise.

    Raises DomainError where there are more than 500.
    """
    rows = [row for row in re.split(r"\r\n|\r|\n", text) if row.strip(" \t,;")]
    if not rows:
        return []
    order = _read_header(_split(rows[0]) or [])
    return [_read_line(row, order) for row in check_length(rows[1:] if order else rows)]


def check_length(rows: list[Row]) -> list[Row]:
    """The same rows. Raises DomainError where there are more than 500."""
    if len(rows) > MOST_LINES:
        raise DomainError(
            f"The list has {len(rows):,} lines. Send {MOST_LINES} or fewer at a time",
            field="lines",
        )
    return rows


def _find_separator(row: str) -> str:
    """Told for each row: lines that came back with commas stand beside freshly pasted ones."""
    if "\t" in row:
        return "\t"
    return ";" if row.count(";") > row.count(",") else ","


def _split(row: str) -> list[str] | None:
    """The cells of a row, None where its quotation marks do not match."""
    mark = _find_separator(row)
    try:
        (cells,) = csv.reader([row], delimiter=mark, strict=True, skipinitialspace=True)
    except (csv.Error, ValueError):
        return None
    return [clean(cell) for cell in cells]


def clean(text: str) -> str:
    """One line without what can't be seen: controls, and signs that turn the reading order."""
    spaced = "".join(" " if unicodedata.category(one) == "Cc" else one for one in text)
    seen = "".join(one for one in spaced if unicodedata.category(one) not in ("Cf", "Cs"))
    return " ".join(seen.split())


def _read_header(cells: Sequence[str]) -> dict[str, int]:
    """Which column is what, {} where the row names none: at least the address must be named."""
    called = [cell.casefold() for cell in cells]
    order = {
        column: next(place for place, cell in enumerate(called) if cell in names)
        for column, names in CALLED.items()
        if names.intersection(called)
    }
    return order if "email" in order else {}


def _read_line(row: str, order: dict[str, int]) -> ListLine:
    cells = _split(row)
    if cells is None:
        return ListLine(clean(row), fault="A quotation mark is missing")
    name, email, role, place, day = _arrange(cells, order)
    text = _join((name, email, role, place, day))
    found = read_role(role)
    starts_on, wrong = _read_first_day(day)
    fault = _find_fault(name, email, role, place, found) or wrong
    if name and not (email or role or place):
        fault = "This line has only one part. Write name, email address, role, school."
    return ListLine(text, name, email.lower(), found, place, fault, starts_on)


def _read_first_day(text: str) -> tuple[date | None, str]:
    """The day, if there is one, and what is wrong with it. A year may come first or last."""
    if not text:
        return None, ""
    parts = re.split(r"[/.-]", text)
    try:
        day, month, year = reversed(parts) if len(parts[0]) == 4 else parts
        found = read_day(day, month, year)
    except ValueError:
        return None, f"“{text[:20]}” is no first day. Write it like 1/9/2010, from 2000 on"
    if found > clock.today() + LATEST_START:
        return None, "The first day must be within a year from now"
    return found, ""


def _arrange(cells: list[str], order: dict[str, int]) -> tuple[str, str, str, str, str]:
    def cell(column: str) -> str:
        place = order.get(column, len(cells))
        return cells[place] if place < len(cells) else ""

    if not order:
        has_day = len(cells) > 3 and DAY.fullmatch(cells[-1])
        day = cells.pop() if has_day else ""
        # A school's town stands after a comma of its own.
        cells = [*cells, "", "", "", ""]
        return cells[0], cells[1], cells[2], ", ".join(one for one in cells[3:] if one), day
    name = cell("name") or f"{cell('first')} {cell('last')}".strip()
    return name, cell("email"), cell("role"), cell("place"), cell("day")


def _join(cells: Sequence[str]) -> str:
    """The cells as a line of CSV, in the usual order, empty ones at the end left out."""
    kept = list(cells)
    while kept and not kept[-1]:
        kept.pop()
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(kept)
    return out.getvalue()


def _find_fault(name: str, email: str, role: str, place: str, found: ReadRole | None) -> str:
    if not name:
        return "The name is missing"
    if name.startswith(RUNS_AS_FORMULA) or not is_name(name):
        return "The first part is not a name"
    if max(len(name), len(place)) > LONGEST_CELL:
        return f"Use {LONGEST_CELL} characters or fewer for a name"
    if not is_email_address(email):
        return "The second part is not an email address"
    if found is None:
        return f"“{role[:40]}” is no role here" if role else "The role is missing"
    return ""


def read_role(text: str) -> ReadRole | None:
    """The role that a word names, as "SENCO", "acting SENCO", "ep" or "partner"."""
    words = " ".join(text.casefold().replace("_", " ").split())
    for standing in (Standing.ACTING, Standing.INTERIM):
        if words in (f"{standing.value} senco", f"senco ({standing.value})"):
            return ReadRole(SCHOOL, SchoolRoleKind.SENCO.value, standing)
    if words in (PARTNER, "partner service"):
        return ReadRole(PARTNER, PARTNER)
    school = ALSO_CALLED.get(words) or _named(words, SchoolRoleKind)
    if school:
        return ReadRole(SCHOOL, school.value)
    service = IN_SERVICE.get(words) or _named(words, ServiceRoleKind)
    return ReadRole(SERVICE, service.value) if service else None


def _named(
    words: str, kinds: type[SchoolRoleKind] | type[ServiceRoleKind]
) -> SchoolRoleKind | ServiceRoleKind | None:
    return next(
        (one for one in kinds if words in (one.value.replace("_", " "), one.label.casefold())),
        None,
    )
