"""What somebody attended, event by event, and how many hours that is. Has no table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from cop_site import clock
from cop_site.attendance.models import IN_PERSON, ONLINE
from cop_site.events.models import EventKind
from cop_site.schools.term_models import year_of

NO_LEVEL = "No level given"
# The kind of mark for somebody who missed some of it.
PART = "part"
HOW = {IN_PERSON: "in person", ONLINE: "online", PART: "in part"}


@dataclass(frozen=True)
class Came:
    """A mark that says attended, of one session.

    ``turn``: how many dates of its option are before it. Dates of several options with the same
    turn repeat each other, as morning and afternoon do.
    """

    session_id: int
    starts_at: datetime
    ends_at: datetime
    turn: int
    kind_key: str
    is_closed: bool
    schools: tuple[str, ...]

    @property
    def day(self) -> date:
        return clock.london_date(self.starts_at)

    @property
    def is_part(self) -> bool:
        return self.kind_key == PART

    @property
    def minutes(self) -> int:
        """How long the session was."""
        return int((self.ends_at - self.starts_at).total_seconds()) // 60


@dataclass(frozen=True)
class Hours:
    """Minutes of whole sessions, and how long those were that somebody attended in part.

    Nobody records how much of a session somebody missed, so of those nothing is added up.
    """

    whole: int = 0
    part: int = 0

    def __add__(self, other: Hours) -> Hours:
        return Hours(self.whole + other.whole, self.part + other.part)

    def __str__(self) -> str:
        """Like "4 hours", "part of 2 hours" or "4 hours, and part of 2 hours"."""
        said = [say_minutes(self.whole)] if self.whole or not self.part else []
        return ", and ".join(said + ([f"part of {say_minutes(self.part)}"] if self.part else []))


@dataclass(frozen=True)
class Line:
    """An event that somebody attended, with the dates that count, the first to begin first."""

    event_id: int
    title: str
    kind: EventKind
    levels: tuple[str, ...]
    came: tuple[Came, ...]

    @property
    def starts_at(self) -> datetime:
        return self.came[0].starts_at

    @property
    def year(self) -> int:
        """The school year it is in, by the year that began: that of the first date attended."""
        return year_of(self.came[0].day)

    @cached_property
    def hours(self) -> Hours:
        whole = sum(one.minutes for one in self.came if not one.is_part)
        return Hours(whole, sum(one.minutes for one in self.came if one.is_part))

    @property
    def dates(self) -> str:
        """Like "3 March 2026 and 10 March 2026"."""
        return list_words(dict.fromkeys(clock.say_day(one.day) for one in self.came))

    @property
    def how(self) -> str:
        """Like "In person" or "Online and in part"."""
        keys = {one.kind_key for one in self.came}
        known = [words for key, words in HOW.items() if key in keys]
        words = list_words(known) or "attended"
        return words[:1].upper() + words[1:]

    @property
    def schools(self) -> str:
        """Those that they came for, as the registers have them."""
        return list_words(dict.fromkeys(name for one in self.came for name in one.schools))

    @property
    def level(self) -> str:
        return list_words(self.levels)


@dataclass(frozen=True)
class Waiting:
    """Somebody was there, but the register is open."""

    event_id: int
    title: str
    came: Came


@dataclass(frozen=True)
class Record:
    """Everything that one person attended, newest first."""

    lines: tuple[Line, ...]
    waiting: tuple[Waiting, ...] = ()

    @property
    def years(self) -> list[int]:
        """The school years there is something in, newest first."""
        return sorted({line.year for line in self.lines}, reverse=True)

    @property
    def hours(self) -> Hours:
        return sum((line.hours for line in self.lines), Hours())

    @property
    def has_levels(self) -> bool:
        return any(line.levels for line in self.lines)

    @property
    def has_two_levels(self) -> bool:
        return any(len(line.levels) > 1 for line in self.lines)

    def of_year(self, year: int | None) -> Record:
        """The part of a school year; all of it for None."""
        lines = self.lines if year is None else [one for one in self.lines if one.year == year]
        return Record(tuple(lines), self.waiting)

    def by_level(self) -> list[tuple[str, int, Hours]]:
        """Level, events and hours. An event of two levels is in both."""
        found: dict[str, list[Line]] = {}
        for line in self.lines:
            for level in line.levels or (NO_LEVEL,):
                found.setdefault(level, []).append(line)
        order = sorted(found, key=lambda level: (level == NO_LEVEL, level))
        return [(level, len(found[level]), Record(tuple(found[level])).hours) for level in order]


def make_line(
    event_id: int, title: str, kind: EventKind, levels: Sequence[str], came: Iterable[Came]
) -> Line | None:
    """What counts of an event: closed registers, and one of the dates that repeat each other.

    The whole of a date goes before a part of one. None where nothing counts.
    """
    best: dict[int, Came] = {}
    for one in came:
        if one.is_closed and (one.turn not in best or _rank(one) < _rank(best[one.turn])):
            best[one.turn] = one
    if not best:
        return None
    counted = sorted(best.values(), key=lambda one: (one.starts_at, one.session_id))
    return Line(event_id, title, kind, tuple(levels), tuple(counted))


def _rank(came: Came) -> tuple[bool, int, datetime, int]:
    return came.is_part, -came.minutes, came.starts_at, came.session_id


def say_minutes(minutes: int) -> str:
    """Like "2 hours", "1 hour 15 minutes" or "45 minutes"."""
    hours, rest = divmod(minutes, 60)
    said = [f"{hours} {'hour' if hours == 1 else 'hours'}"] if hours else []
    if rest or not hours:
        said.append(f"{rest} {'minute' if rest == 1 else 'minutes'}")
    return " ".join(said)


def say_year(year: int) -> str:
    """Like "2026 to 2027"."""
    return f"{year} to {year + 1}"


def list_words(words: Collection[str]) -> str:
    """Like "a", "a and b" or "a, b and c"."""
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last
