"""Reading what people type into dates, times and single lines."""

from __future__ import annotations

import re
from datetime import date, time

# What a single line has no use for: line breaks and other controls, and the signs that turn the
# reading order round, so that a title can pass for another.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
EARLIEST_CLEAR_HOUR = 7
TIMES = {"midday": time(12), "noon": time(12), "midnight": time()}


class AmOrPmError(ValueError):
    """Nobody can tell whether the morning or the afternoon is meant."""


def read_time(text: str) -> time:
    """The time of day that ``text`` says. ValueError with a sentence where it says none.

    From 1 to 6 "3:30" may be either half of the day, which AmOrPmError says; "03:30" and "1530"
    are of a clock of 24 hours.
    """
    compact = text.strip().lower().replace(" ", "").replace(".", ":")
    if compact in TIMES:
        return TIMES[compact]
    found = re.fullmatch(r"([0-9]{1,2})(?::?([0-9]{2}))?(am|pm)?", compact)
    hour, minute = (int(found[1]), int(found[2] or 0)) if found else (24, 0)
    half = found[3] if found else None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0) if 1 <= hour <= 12 else 24
    elif 1 <= hour < EARLIEST_CLEAR_HOUR and minute < 60 and compact[0] != "0":
        raise AmOrPmError("Say am or pm, like 3:30pm")
    if hour < 24 and minute < 60 and compact not in {"0", "00"}:
        return time(hour, minute)
    raise ValueError("Enter a time, like 1:30pm or 13:30")


def read_day(day: str, month: str, year: str) -> date:
    """A date from what stands in the three boxes; a year of two digits is in this century.

    ValueError with a sentence otherwise.
    """
    example = "Enter a real date, like 27 11 2026"
    if not all(part.isascii() and part.isdigit() for part in (day, month, year)):
        raise ValueError(example)
    if len(year) == 2:
        year = f"20{year}"
    if len(year) != 4 or not 2000 <= int(year) <= 2100:
        raise ValueError("Enter a year from 2000 to 2100")
    try:
        return date(int(year), int(month[:4]), int(day[:4]))
    except ValueError:
        raise ValueError(example) from None


def one_line(text: str) -> str:
    """Text as one line, outer spaces removed. A browser's box sends no more; a script might."""
    return _TURNS.sub("", _CONTROLS.sub(" ", text)).strip()


def read_iso_day(text: str) -> date | None:
    """The day that an address names, None where it names none of this century."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None
