"""Days that figures of a term are of. Has no table."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

AUGUST = 8


def year_of(day: date) -> int:
    """The school year a day is in, by the year it began; it turns on 1 August."""
    return day.year if day.month >= AUGUST else day.year - 1


@dataclass(frozen=True)
class Period:
    """From a term's first day to the day before the next term begins; None while none follows."""

    starts_on: date
    ends_on: date | None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)
