"""The DfE register's CSV, read by column name.

What concerns the whole file (a cut row, a missing column) refuses the file. What concerns one
row refuses the row, and says why. Head teachers' names are in the file and are never kept.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from sys import intern

from cop_site.schools.models import SchoolStatus
from cop_site.schools.register_text import inspect, open_text, refuse

EVERY_LA = "all"
STATUS_BY_CODE = {
    "1": SchoolStatus.OPEN,
    "2": SchoolStatus.CLOSED,
    "3": SchoolStatus.PROPOSED_TO_CLOSE,
    "4": SchoolStatus.PROPOSED_TO_OPEN,
}
YEARS = range(1000, 2200)


class RowError(ValueError):
    """Why one row is refused, to be read after the line number."""


@dataclass(frozen=True, slots=True)
class RegisterRow:
    """One school as the register has it. Every field but ``line`` is a column of School."""

    line: int
    urn: int
    la_code: str
    la_name: str
    number: str
    name: str
    type_code: str
    type_name: str
    phase: str
    status: SchoolStatus
    opened_on: date | None
    closed_on: date | None
    low_age: int | None
    high_age: int | None
    town: str
    postcode: str
    easting: int | None
    northing: int | None
    pupils: int | None
    trust_code: str
    trust_name: str
    federation_name: str

    @property
    def label(self) -> str:
        """As a school's own label."""
        return ", ".join(part for part in (self.name, self.town, f"URN {self.urn}") if part)


FIELDS = tuple(column.name for column in fields(RegisterRow) if column.name != "line")


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that was not understood. ``urn`` is None where that is what was wrong."""

    line: int
    reason: str
    urn: int | None = None


@dataclass
class Register:
    """What was read of a file for one authority, or for all."""

    file_name: str
    sha256: str
    la_code: str
    rows: list[RegisterRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    # Fields that no row of the whole file fills: the file has no source for them.
    without_source: frozenset[str] = frozenset()


def read_text(text: str, longest: int = 200) -> str:
    """Text on one line. Characters without a shape are dropped; lost ones refuse the row."""
    if not text.isprintable() or "  " in text or text[:1] == " " or text[-1:] == " ":
        text = "".join(" " if char.isspace() else char for char in text)
        # Zero-width and direction marks can make one name look like another.
        text = "".join(char for char in text if char.isprintable())
        text = " ".join(text.split())
    if "\ufffd" in text:
        raise RowError("has a character that was lost when the file was saved")
    if len(text) > longest:
        raise RowError(f"is longer than {longest} characters")
    return text


def read_name(text: str) -> str:
    if not (name := read_text(text)):
        raise RowError("is missing")
    return name


def read_urn(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{4,6}", text.strip()):
        raise RowError(f"is {quote(text)}, which is not a number of 5 to 7 digits")
    return int(text)


def read_code(digits: int) -> Callable[[str], str]:
    """A code of so many digits, with the leading zeros that a spreadsheet drops put back."""

    def read(text: str) -> str:
        text = text.strip()
        if text and not (text.isascii() and text.isalnum() and len(text) <= digits):
            raise RowError(f"is {quote(text)}, which is not a code of {digits} digits")
        return intern(text.zfill(digits) if text else "")

    return read


def read_la_code(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,3}", text.strip()):
        raise RowError(f"is {quote(text)}, which is not a code of 3 digits")
    return intern(text.strip().zfill(3))


def read_status(text: str) -> SchoolStatus:
    status = STATUS_BY_CODE.get(text.strip())
    if status is None:
        raise RowError(f"is {quote(text)}, and the codes known are 1, 2, 3 and 4")
    return status


def read_date(text: str) -> date | None:
    text = text.strip()
    if not text:
        return None
    found = re.fullmatch(r"([0-9]{2})-([0-9]{2})-([0-9]{4})", text)
    try:
        day, month, year = (int(part) for part in found.groups()) if found else (0, 0, 0)
        if year in YEARS:
            return date(year, month, day)
    except ValueError:
        pass
    raise RowError(f"is {quote(text)}, which is not a date like 31-08-2026")


def read_number(largest: int) -> Callable[[str], int | None]:
    def read(text: str) -> int | None:
        text = text.strip()
        if not text:
            return None
        if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) > largest:
            raise RowError(f"is {quote(text)}, which is not a whole number up to {largest}")
        return int(text)

    return read


def read_short(longest: int) -> Callable[[str], str]:
    return lambda text: intern(read_text(text, longest))


def quote(text: str) -> str:
    """A piece of the file, safe to print: short, and without anything a terminal obeys."""
    shown = "".join(char if char.isprintable() else "?" for char in text.strip())
    if not shown:
        return "blank"
    return f'"{shown[:30]}…"' if len(shown) > 30 else f'"{shown}"'


COLUMNS: dict[str, tuple[str, Callable[[str], object]]] = {
    "urn": ("URN", read_urn),
    "la_code": ("LA (code)", read_la_code),
    "la_name": ("LA (name)", lambda text: intern(read_name(text))),
    "number": ("EstablishmentNumber", read_code(4)),
    "name": ("EstablishmentName", read_name),
    "type_code": ("TypeOfEstablishment (code)", read_code(2)),
    "type_name": ("TypeOfEstablishment (name)", read_short(200)),
    "phase": ("PhaseOfEducation (name)", read_short(40)),
    "status": ("EstablishmentStatus (code)", read_status),
    "opened_on": ("OpenDate", read_date),
    "closed_on": ("CloseDate", read_date),
    "low_age": ("StatutoryLowAge", read_number(99)),
    "high_age": ("StatutoryHighAge", read_number(99)),
    "town": ("Town", read_short(200)),
    "postcode": ("Postcode", read_short(10)),
    "easting": ("Easting", read_number(999_999)),
    "northing": ("Northing", read_number(1_999_999)),
    "pupils": ("NumberOfPupils", read_number(99_999)),
    "trust_code": ("Trusts (code)", read_short(10)),
    "trust_name": ("Trusts (name)", read_short(200)),
    "federation_name": ("Federations (name)", read_short(200)),
}


def read_register(path: Path, la_code: str) -> Register:
    """Read the rows of one authority, or of every one for "all". Raises RegisterFileError.

    Every row of the file must have the right number of fields, whichever authority's it is.
    """
    found = inspect(path)
    register = Register(path.name, found.sha256, la_code)
    with open_text(path, found.encoding) as text:
        records = _list_records(path, csv.reader(text, strict=True))
        places, width = _find_columns(path, next(records, None))
        if not found.has_last_line_end and width - 1 in places.values():
            refuse(path, "the last line has no end, so the file may have been cut")
        unseen = set(FIELDS)
        for line, record in records:
            if len(record) != width:
                _refuse_width(path, line, len(record), width)
            unseen -= {name for name in unseen if record[places[name]].strip()}
            _add_row(register, line, record, places)
    register.without_source = frozenset(unseen)
    _check_found(path, register)
    _refuse_repeated(register)
    return register


def _list_records(path: Path, reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on. Blank lines are passed over."""
    line = 1
    while True:
        try:
            record = next(reader)
        except StopIteration:
            return
        except csv.Error:
            refuse(path, "quotation marks do not match, so the file may have been cut", line=line)
        if record:
            yield line, record
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _find_columns(path: Path, first: tuple[int, list[str]] | None) -> tuple[dict[str, int], int]:
    """Where each field is, and how many fields every row must have."""
    if first is None:
        refuse(path, "the file is empty")
    line, header = first
    names = [name.strip() for name in header]
    missing = [column for column, _read in COLUMNS.values() if column not in names]
    if len(missing) == len(COLUMNS):
        refuse(path, "this is not the register's CSV, as none of its columns is there", line=line)
    if missing:
        refuse(path, say_missing(missing), line=line)
    for column, _read in COLUMNS.values():
        if names.count(column) > 1:
            refuse(path, f'there are {names.count(column)} columns "{column}"', line=line)
    return {name: names.index(column) for name, (column, _read) in COLUMNS.items()}, len(header)


def say_missing(columns: Sequence[str]) -> str:
    what = "this column is" if len(columns) == 1 else "these columns are"
    return f"{what} missing: {', '.join(columns)}"


def _refuse_width(path: Path, line: int, found: int, wanted: int) -> None:
    fields_found = "1 field" if found == 1 else f"{found} fields"
    why = f"there are {fields_found} where the first line has {wanted}"
    refuse(path, f"{why}, so the file may have been cut", line=line)


def _add_row(register: Register, line: int, record: list[str], places: dict[str, int]) -> None:
    la_code = record[places["la_code"]].strip()
    wanted = register.la_code in (EVERY_LA, la_code.zfill(3))
    # A row that doesn't say whose it is might be this authority's.
    if not wanted and re.fullmatch(r"[0-9]{1,3}", la_code):
        return
    values: dict[str, object] = {}
    reasons = []
    for name, (column, read) in COLUMNS.items():
        try:
            values[name] = read(record[places[name]])
        except RowError as error:
            reasons.append(f"{column} {error}")
    if reasons:
        urn = values.get("urn")
        known = urn if isinstance(urn, int) else None
        register.refused.append(RefusedRow(line, "; ".join(reasons), known))
        return
    if values["easting"] == values["northing"] == 0:
        values["easting"] = values["northing"] = None  # the register's way to say "unknown"
    register.rows.append(RegisterRow(line=line, **values))  # type: ignore[arg-type]


def _check_found(path: Path, register: Register) -> None:
    if register.rows or register.refused:
        return
    if register.la_code == EVERY_LA:
        refuse(path, "there are no schools in the file")
    refuse(path, f"there are no schools of local authority {register.la_code} in the file")


def _refuse_repeated(register: Register) -> None:
    """No telling which of two rows for one school is right, so both are refused."""
    counts = Counter(row.urn for row in register.rows)
    counts.update(row.urn for row in register.refused if row.urn)
    repeated = {urn for urn, count in counts.items() if count > 1}
    if not repeated:
        return
    register.refused += [
        RefusedRow(row.line, f"URN {row.urn} is in the file more than once", row.urn)
        for row in register.rows
        if row.urn in repeated
    ]
    register.refused.sort(key=lambda row: row.line)
    register.rows = [row for row in register.rows if row.urn not in repeated]
