"""Who came to an online meeting, as the meeting's own tool exports it. Knows no database.

Teams, Zoom and Google Meet, in any encoding they use. Columns are recognised by name, wherever
they stand; blocks before and after the table are passed over.
"""

from __future__ import annotations

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from cop_site.attendance.meeting_list_times import (
    Spell,
    TimeReader,
    count_minutes,
    names_day,
    read_minutes,
)
from cop_site.attendance.name_keys import list_names_in, name_key
from cop_site.email_addresses import is_email_address
from cop_site.errors import DomainError

LARGEST_FILE = 1024 * 1024
MOST_LINES = 5_000
MOST_PEOPLE = 500
MOST_COLUMNS = 60
LONGEST_NAME = 100
# An address is never longer, and no cell that is read is.
LONGEST_CELL, LONGEST_TIME = 254, 40
NAMING = ("name", "first", "last", "email", "upn")
SHORTEST_HEADING, LONGEST_HEADING = 4, 80
# A table begins within this many rows: what stands before it is the meeting's own details.
HEADER_WITHIN = 200
# What tools call their columns, the best name first. Brackets in them are left out.
CALLED: dict[str, tuple[str, ...]] = {
    "name": (
        *("name", "full name", "participant name", "attendee name", "display name"),
        *("participant", "attendee", "user name", "username"),
    ),
    "first": ("first name", "given name", "forename"),
    "last": ("last name", "surname", "family name"),
    "email": ("email", "user email", "email address", "e-mail", "participant email"),
    "upn": ("participant id", "registration email"),
    "join": ("first join", "first join time", "join time", "time joined", "joined", "join"),
    "leave": ("last leave", "last leave time", "leave time", "time exited", "left", "leave"),
    "duration": (
        *("in-meeting duration", "in meeting duration", "total duration", "duration"),
        *("time in session", "time in meeting", "meeting duration", "time in call"),
    ),
    "action": ("user action",),
    "stamp": ("timestamp",),
    "waiting": ("in waiting room",),
    "attended": ("attended",),
}
_KNOWN = {
    name: (column, rank) for column, names in CALLED.items() for rank, name in enumerate(names)
}
WEB_PAGE = "This is a web page, not a list. Download the list from the meeting as CSV"
NO_TEXT = "This is not a text file. Save the list as CSV first"
SPREADSHEET = "This is a spreadsheet. Save it as CSV first"
UNREADABLE = "The file can’t be read: it may have been cut off. Download it again"
OPEN_QUOTE = "A quotation mark is not closed, so the lines can’t be told apart. Download it again"
NO_HEADER = (
    "We found no list of people in this file. It needs a row that names its columns, one of them "
    "“Name”, “Full Name” or “First name”"
)
NOBODY = "There is nobody on this list"
LARGE = "The file is larger than 1 MB, which no list of a meeting is. Choose another"
_SECTION = re.compile(r"[0-9]{1,2}\. \S")
_BRACKETS = re.compile(r"\([^)]*\)?")
# A cell that makes a row the head of a table, roughly: cells are joined by line ends.
_MAY_BE_HEADER = re.compile(
    rf"^[\s\"]*(?:{'|'.join((*CALLED['name'], *CALLED['first']))})[\s\"]*(?:\(|$)",
    re.IGNORECASE | re.MULTILINE,
)
# Whole sentences in one letter, and in no name: each would become up to eighteen letters.
_SENTENCES = re.compile("[\ufdfa\ufdfb]")


@dataclass(frozen=True)
class ListLine:
    """Somebody on the list. ``minutes`` they were there, None where the list does not say.

    ``others`` are names of lines that turned out to be theirs too.
    ``guess`` is an address they only gave as their name, which anybody can.
    """

    name: str
    emails: tuple[str, ...] = ()
    spells: tuple[Spell, ...] = ()
    guess: str = ""
    others: tuple[str, ...] = ()

    @property
    def minutes(self) -> int | None:
        return count_minutes(self.spells)

    def join(self, other: ListLine) -> ListLine:
        """The same person, who was there under both."""
        emails = tuple(dict.fromkeys((*self.emails, *other.emails)))
        spells = (*self.spells, *other.spells)
        return ListLine(self.name, emails, spells, self.guess, self.others)

    def take_in(self, other: ListLine) -> ListLine:
        """As ``join``, and shown under both names."""
        others = tuple(dict.fromkeys((*self.others, other.name, *other.others)))
        return replace(self.join(other), others=others)


@dataclass(frozen=True)
class MeetingList:
    """Everybody on it once. ``days`` as the list names them: two readings where it is unclear."""

    lines: list[ListLine]
    days: list[tuple[date, ...]]


def read_meeting_list(content: bytes) -> MeetingList:
    """Everybody on the list, in its order. Raises DomainError where it is none."""
    text = _decode(content)
    lines = len(re.findall(r"\r\n|\r|\n", text)) + 1
    if lines > MOST_LINES:
        raise DomainError(
            f"The file has {lines:,} lines. Choose one with {MOST_LINES:,} or fewer", field="file"
        )
    rows, days = _read_table(text)
    people = _group(rows)
    if not people:
        raise DomainError(NOBODY, field="file")
    if len(people) > MOST_PEOPLE:
        raise DomainError(
            f"The list has {len(people):,} people. Choose one with {MOST_PEOPLE} or fewer",
            field="file",
        )
    return MeetingList(people, days)


def _decode(content: bytes) -> str:
    """The text, whether it is UTF-8, UTF-16 as Teams writes it, or what Excel saves."""
    if len(content) > LARGEST_FILE:
        raise DomainError(LARGE, field="file")
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        raise DomainError(SPREADSHEET, field="file")
    try:
        text = content.decode(_find_encoding(content))
    except UnicodeDecodeError:
        if _find_encoding(content) != "utf-8-sig":
            raise DomainError(UNREADABLE, field="file") from None
        text = content.decode("cp1252", errors="replace")
    if any(one in text for one in "\x00\x01\x02\x03\x1b") or content.startswith((b"%PDF", b"MZ")):
        raise DomainError(NO_TEXT, field="file")
    if text.lstrip("\ufeff \t\r\n").startswith("<"):
        raise DomainError(WEB_PAGE, field="file")
    return _SENTENCES.sub("", text.lstrip("\ufeff"))


def _find_encoding(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = content[:200]
    # Without its mark UTF-16 still shows: every other byte of plain letters is empty.
    if start[1::2].count(0) > len(start) // 3:
        return "utf-16-le"
    return "utf-16-be" if start[0::2].count(0) > len(start) // 3 else "utf-8-sig"


def _read_table(text: str) -> tuple[list[ListLine], list[tuple[date, ...]]]:
    """The rows of the best table in the text, whatever stands between its cells, and their days.

    Only its known columns are cleaned: in a hostile file that is what costs.
    """
    tables = {mark: _split(text, mark) for mark in ("\t", ",", ";")}
    found = [(rows, *header) for rows in tables.values() if rows and (header := _find_header(rows))]
    if not found:
        raise DomainError(OPEN_QUOTE if tables[","] is None else NO_HEADER, field="file")
    rows, place, order = max(found, key=lambda one: len(one[2]))
    table = [_Row(row, order) for row in _until_next(rows[place + 1 :])]
    times = TimeReader(text for row in table for text in (row["join"], row["leave"], row["stamp"]))
    lines = list(_read_rows(table, order, times))
    return lines, times.days or _read_days_before(rows[:place])


def _read_days_before(rows: Iterable[Sequence[str]]) -> list[tuple[date, ...]]:
    """What the block before the table says of when the meeting was."""
    cells = (cell for row in rows for cell in row if len(cell) <= LONGEST_TIME)
    return TimeReader(_clean(cell, LONGEST_TIME) for cell in cells if names_day(cell)).days


def _split(text: str, mark: str) -> list[list[str]] | None:
    """The cells of every row as they stand, None where quotation marks don't match."""
    # Where tabs stand between cells, a quotation mark is a letter like any other.
    quote = None if mark == "\t" else '"'
    source = io.StringIO(text, newline="")
    try:
        rows = csv.reader(
            source,
            delimiter=mark,
            quotechar=quote,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            strict=True,
        )
        return [row[:MOST_COLUMNS] for row in rows]
    except csv.Error:
        return None


def _clean(text: str, longest: int = LONGEST_CELL) -> str:
    """One line without what can't be seen: controls, and signs that turn the reading order."""
    # Cut twice: one letter may stand for several.
    text = unicodedata.normalize("NFKC", text[:longest])[:longest]
    if not text.isprintable():
        kinds = {ord(one): unicodedata.category(one) for one in set(text)}
        unseen = {one: "" for one, kind in kinds.items() if kind in ("Cf", "Cs", "Co")}
        text = text.translate({one: " " for one, kind in kinds.items() if kind == "Cc"} | unseen)
    return " ".join(text.split()).strip('"')


def _find_header(rows: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]] | None:
    """The row that names the most columns, and which stands where."""
    found = [(place, _read_header(row)) for place, row in enumerate(rows[:HEADER_WITHIN])]
    named = [(place, order) for place, order in found if order]
    return max(named, key=lambda one: (len(one[1]), -one[0]), default=None)


def _read_header(row: Sequence[str]) -> dict[str, int]:
    """Which column is what, {} where the row names no list of people."""
    best: dict[str, tuple[int, int]] = {}
    for place, cell in enumerate(row):
        if known := _KNOWN.get(_heading(cell)):
            column, rank = known
            # The last of a name: a host's own columns stand before the participants'.
            if column not in best or rank <= best[column][0]:
                best[column] = (rank, place)
    order = {column: place for column, (_rank, place) in best.items()}
    return order if "name" in order or "first" in order else {}


def _heading(cell: str) -> str:
    if len(cell) < SHORTEST_HEADING:
        return ""
    text = _clean(cell, LONGEST_HEADING)
    return " ".join(_BRACKETS.sub("", text).replace("_", " ").casefold().split())


def _read_rows(
    table: Sequence[_Row], order: dict[str, int], times: TimeReader
) -> Iterator[ListLine]:
    if "action" in order and "stamp" in order:
        yield from _pair_up(table, times)
        return
    for row in table:
        if row.counts:
            spell = Spell(read_minutes(row["duration"]), times.span(row["join"], row["leave"]))
            yield ListLine(row.name, row.emails, (spell,), row.guess)


def _until_next(rows: Iterable[Sequence[str]]) -> Iterator[Sequence[str]]:
    """Until the next table or section begins."""
    looks = HEADER_WITHIN
    for row in rows:
        filled = [cell for cell in row if cell.strip()]
        if len(filled) == 1 and _SECTION.match(_clean(filled[0])):
            return
        if looks and _MAY_BE_HEADER.search("\n".join(filled)):
            looks -= 1
            if len(_read_header(row)) > 1:
                return
        if filled:
            yield row


class _Row:
    """One row of the table, read by what its columns are called."""

    def __init__(self, cells: Sequence[str], order: dict[str, int]) -> None:
        self._cells, self._order = cells, order
        self._seen: dict[str, str] = {}

    def __getitem__(self, column: str) -> str:
        if column not in self._seen:
            place = self._order.get(column, len(self._cells))
            cell = self._cells[place] if place < len(self._cells) else ""
            longest = LONGEST_CELL if column in NAMING else LONGEST_TIME
            self._seen[column] = _clean(cell, longest)
        return self._seen[column]

    @property
    def name(self) -> str:
        name = self["name"] or f"{self['first']} {self['last']}".strip()
        return (name or next(iter(self.emails), ""))[:LONGEST_NAME]

    @property
    def emails(self) -> tuple[str, ...]:
        cells = (self["email"], self["upn"])
        return tuple(dict.fromkeys(one.lower() for one in cells if is_email_address(one)))

    @property
    def guess(self) -> str:
        """An address in place of the name, in a list that has no addresses of its own."""
        if "email" in self._order or "upn" in self._order:
            return ""
        found = (one.lower() for one in list_names_in(self.name) if is_email_address(one))
        return next(found, "")

    @property
    def counts(self) -> bool:
        """Not somebody who only waited outside, or only registered."""
        is_out = self["waiting"].casefold() == "yes" or self["attended"].casefold() == "no"
        return bool(self.name) and not is_out


def _pair_up(rows: Sequence[_Row], times: TimeReader) -> Iterator[ListLine]:
    """The older list of Teams: a row when somebody joins, and another when they leave."""
    last = times.last
    came: dict[str, _Row] = {}
    for row in rows:
        if not row.name:
            continue
        if row["action"].casefold().startswith("left"):
            joined = came.pop(row.name, None)
            start = joined["stamp"] if joined else ""
            yield ListLine(row.name, row.emails, (Spell(None, times.span(start, row["stamp"])),))
        else:
            came.setdefault(row.name, row)
    for row in came.values():
        yield ListLine(row.name, row.emails, (Spell(None, times.until(row["stamp"], last)),))


def _group(lines: Iterable[ListLine]) -> list[ListLine]:
    """Lines of one name and address together; where a line has no address, by name.

    Several people may be in a meeting by the account of their school.
    """
    found: dict[tuple[str, str], ListLine] = {}
    keys: dict[str, set[tuple[str, str]]] = {}
    nameless: list[ListLine] = []
    for line in lines:
        if not line.emails:
            nameless.append(line)
            continue
        own = _own_key(line)
        key = next(((one, own) for one in line.emails if (one, own) in found), None)
        key = key or (line.emails[0], own)
        found[key] = found[key].join(line) if key in found else line
        keys.setdefault(own, set()).add(key)
    for line in nameless:
        own = _own_key(line)
        known = keys.get(own, set())
        key = next(iter(known)) if len(known) == 1 else ("", own)
        found[key] = found[key].join(line) if key in found else line
    return list(found.values())


def _own_key(line: ListLine) -> str:
    return name_key(line.name) or line.name
