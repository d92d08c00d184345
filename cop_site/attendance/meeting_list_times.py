"""Times and durations as meeting tools write them. Knows no database."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

Span = tuple[datetime, datetime]
LONGEST = 24 * 60.0
_PARTS = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?(h|m|s)[a-z]*")
_CLOCK = re.compile(
    r"(?:(?P<day>[^ ,T]{5,12})[ ,T]+)?(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2}))?(?:\.[0-9]+)?Z?(?: ?(?P<half>[ap])\.?m\.?)?",
    re.IGNORECASE,
)
_DAY = re.compile(r"([0-9]{1,4})[/.-]([0-9]{1,2})[/.-]([0-9]{2,4})")
SOME_DAY = (2000, 1, 1)


@dataclass(frozen=True)
class Spell:
    """One line of the list: how long they were there, as it says, and from when to when."""

    minutes: float | None
    span: Span | None = None

    @property
    def lasted(self) -> float | None:
        if self.minutes is not None or self.span is None:
            return self.minutes
        return (self.span[1] - self.span[0]) / timedelta(minutes=1)


def count_minutes(spells: Sequence[Spell]) -> int | None:
    """How long somebody was there: what overlaps, on a laptop and a phone, counts once."""
    known = [spell.lasted for spell in spells if spell.lasted is not None]
    if not known:
        return None
    total = sum(known)
    spans = sorted(spell.span for spell in spells if spell.span)
    if len(spans) == len(spells):
        total = min(total, _cover(spans))
    return int(min(total, LONGEST) + 0.5)


def _cover(spans: Sequence[Span]) -> float:
    """Minutes that at least one of them covers. Told in whole minutes, a span may last one more."""
    covered, until = 0.0, spans[0][0]
    for start, end in spans:
        if end > until:
            covered += (end - max(start, until)) / timedelta(minutes=1)
            until = end
    return covered + 1


def read_minutes(text: str) -> float | None:
    """Minutes of “58”, “1h 2m 3s”, “1 hr 5 min” or “00:58:12”. None where it says nothing."""
    text = text.strip().lower()[:40]
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,6})?", text):
        return min(float(text), LONGEST)
    if re.fullmatch(r"[0-9]{1,3}(:[0-9]{2}){1,2}", text):
        hours, minutes, seconds = [*(int(part) for part in text.split(":")), 0][:3]
        return min(hours * 60 + minutes + seconds / 60, LONGEST)
    found = _PARTS.findall(text)
    worth = {"h": 60.0, "m": 1.0, "s": 1 / 60}
    return min(sum(float(many) * worth[part] for many, part in found), LONGEST) if found else None


def names_day(text: str) -> bool:
    return bool(_DAY.search(text))


class TimeReader:
    """Reads the times of one list: the order of day and month is the same in all of it."""

    def __init__(self, texts: Iterable[str]) -> None:
        every = [text for text in texts if text]
        days = [found for text in every if (found := _DAY.search(text))]
        # Without a day past the 12th either order will do for how long somebody stayed.
        self._month_first = any(int(day[2]) > 12 for day in days)
        self._day_first = any(int(day[1]) > 12 for day in days)
        self._texts = every
        self.last = max((time for text in every if (time := self._read(text))), default=None)

    @property
    def days(self) -> list[tuple[date, ...]]:
        """Each day that is named, in the order of the list; two where the order could be either."""
        found: dict[tuple[date, ...], None] = {}
        for text in self._texts:
            clock = _CLOCK.fullmatch(text)
            named = _DAY.fullmatch((clock["day"] or "") if clock else text)
            if named and (readings := self._read_either(named)):
                found[readings] = None
        return list(found)

    def _read_either(self, named: re.Match[str]) -> tuple[date, ...]:
        first, second = (int(part) for part in named.groups()[:2])
        is_plain = self._month_first or self._day_first or first > 31 or first == second
        orders = (self._month_first,) if is_plain else (False, True)
        try:
            return tuple(date(*self._order(named, month_first)) for month_first in orders)
        except ValueError:
            return ()

    def span(self, start: str, end: str) -> Span | None:
        return self.until(start, self._read(end))

    def until(self, start: str, end: datetime | None) -> Span | None:
        begun = self._read(start)
        return (begun, end) if begun and end and begun <= end else None

    def _read(self, text: str) -> datetime | None:
        found = _CLOCK.fullmatch(text.strip()[:40])
        if not found:
            return None
        hour = int(found["hour"])
        if found["half"]:
            hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
        try:
            day = self._read_day(found["day"])
            return datetime(*day, hour, int(found["minute"]), int(found["second"] or 0), tzinfo=UTC)
        except ValueError:
            return None

    def _read_day(self, text: str | None) -> tuple[int, int, int]:
        found = _DAY.fullmatch(text) if text else None
        if not found:
            return SOME_DAY
        return self._order(found, self._month_first)

    def _order(self, found: re.Match[str], month_first: bool) -> tuple[int, int, int]:
        one, two, three = (int(part) for part in found.groups())
        if one > 31:
            return one, two, three
        year = three + 2000 if three < 100 else three
        return (year, one, two) if month_first else (year, two, one)
