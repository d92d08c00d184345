"""The same rows saved in other ways, and files that are spoiled."""

from __future__ import annotations

import csv
import lzma
import random
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

Table = list[list[str]]


def read_table(path: Path) -> Table:
    with path.open(encoding="cp1252", newline="") as file:
        return list(csv.reader(file))


def _text(table: Table, quoting: int = csv.QUOTE_ALL, end: str = "\r\n") -> str:
    text = StringIO(newline="")
    csv.writer(text, quoting=quoting, lineterminator=end).writerows(table)  # type: ignore[arg-type]
    return text.getvalue()


def _in_columns(table: Table, columns: list[str]) -> Table:
    """The table laid out in other columns, blank where it has none of the name."""
    header, *rows = table
    places = [header.index(name) if name in header else None for name in columns]
    moved = [["" if place is None else row[place] for place in places] for row in rows]
    return [columns, *moved]


def list_resaved(path: Path, header_of_2024: Path) -> Iterator[tuple[str, bytes]]:
    """Other savings of one file, each of which must read the same."""
    table = read_table(path)
    header = table[0]
    older = read_table(header_of_2024)[0]
    yield "UTF-8", _text(table).encode()
    yield "UTF-8 with a byte-order mark", _text(table).encode("utf-8-sig")
    yield "unquoted", _text(table, csv.QUOTE_MINIMAL).encode("cp1252")
    yield f"{len(older)} columns of 2024", _text(_in_columns(table, older)).encode("cp1252")
    turned = _in_columns(table, header[::-1])
    yield "columns the other way round", _text(turned).encode("cp1252")
    yield "line ends of Unix", _text(table, end="\n").encode("cp1252")
    yield "packed with xz", lzma.compress(path.read_bytes())


def list_spoiled(path: Path) -> Iterator[tuple[str, bytes]]:
    """Files that must be refused."""
    whole, table = path.read_bytes(), read_table(path)
    lines, packed = whole.splitlines(keepends=True), lzma.compress(whole)
    without_urn = _in_columns(table, [name for name in table[0] if name != "URN"])
    yield "cut in the middle of a row", whole[: len(whole) // 2]
    yield "cut between two rows", b"".join(lines[: len(lines) // 2])
    yield "without a URN column", _text(without_urn).encode("cp1252")
    yield "with a field too many", b"".join([*lines[:9], b'"x",' + lines[9], *lines[10:]])
    yield "empty", b""
    yield "binary", random.Random(1).randbytes(5000)
    yield "UTF-16", _text(table).encode("utf-16")
    yield "a byte that no encoding has", whole[:9000] + b"\x81" + whole[9000:]
    yield "packed and cut", packed[: len(packed) // 2]


def unpack(path: Path) -> bytes:
    with lzma.open(path) as file:
        return file.read()
