"""The register's CSV of links between schools: who came before whom."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from cop_site.schools.models import SchoolLinkKind
from cop_site.schools.register_file import (
    RefusedRow,
    RowError,
    read_date,
    read_text,
    read_urn,
    say_missing,
)
from cop_site.schools.register_text import inspect, open_text, refuse

COLUMNS = ("URN", "LinkURN", "LinkType", "LinkEstablishedDate")


@dataclass(frozen=True, slots=True)
class LinkRow:
    """The school ``urn`` became ``successor_urn``, where the kind is not OTHER."""

    line: int
    urn: int
    successor_urn: int
    kind: SchoolLinkKind
    linked_on: date | None


@dataclass
class LinksFile:
    """What was read. The register tells each link from both ends; here it is one row."""

    file_name: str
    sha256: str
    rows: list[LinkRow] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)


def read_links(path: Path) -> LinksFile:
    """Raises RegisterFileError where the file as a whole is refused."""
    found = inspect(path)
    links = LinksFile(path.name, found.sha256)
    told: dict[tuple[int, int, SchoolLinkKind], LinkRow] = {}
    with open_text(path, found.encoding) as text:
        for line, record in _list_records(path, csv.DictReader(text, strict=True)):
            try:
                row = _read(line, record)
            except RowError as error:
                links.refused.append(RefusedRow(line, str(error)))
                continue
            key = (row.urn, row.successor_urn, row.kind)
            if key not in told or (told[key].linked_on is None and row.linked_on):
                told[key] = row
    links.rows = list(told.values())
    if not links.rows and not links.refused:
        refuse(path, "there are no links in the file")
    return links


def _list_records(path: Path, reader: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Each record with its line. A row of another width than the header's refuses the file."""
    try:
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            refuse(path, say_missing(missing), line=1)
        for record in reader:
            if None in record or None in record.values():
                refuse(path, "the line is cut or has too many fields", line=reader.line_num)
            yield reader.line_num, record
    except csv.Error:
        refuse(path, "quotation marks do not match, so the file may have been cut")


def _read(line: int, record: dict[str, str]) -> LinkRow:
    urn, other = (_read_column(record, name) for name in ("URN", "LinkURN"))
    if urn == other:
        raise RowError("links a school to itself")
    word = re.match("[A-Za-z]*", read_text(record["LinkType"]).strip())
    kind = word.group().lower() if word else ""
    linked_on = read_date(record["LinkEstablishedDate"])
    if kind == "predecessor":
        return LinkRow(line, other, urn, SchoolLinkKind.SUCCESSOR, linked_on)
    if kind == "successor":
        return LinkRow(line, urn, other, SchoolLinkKind.SUCCESSOR, linked_on)
    return LinkRow(line, urn, other, SchoolLinkKind.OTHER, linked_on)


def _read_column(record: dict[str, str], name: str) -> int:
    try:
        return read_urn(record[name])
    except RowError as error:
        raise RowError(f"{name} {error}") from None
