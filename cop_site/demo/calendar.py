"""Dates of the demonstration, all relative to the day it is made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cop_site import clock
from cop_site.schools.term_models import year_of

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Dates:
    """A term's dates. ``held_to`` is the last day on which a session can have been held."""

    name: str
    starts_on: date
    ends_on: date
    held_to: date


def school_terms(today: date) -> list[tuple[str, date, date]]:
    """The terms of three school years around ``today``, oldest first."""
    this_year = year_of(today)
    terms = []
    for year in range(this_year - 1, this_year + 2):
        terms += [
            (f"Autumn {year}", weekday(date(year, 9, 2)), weekday_before(date(year, 12, 18))),
            (f"Spring {year + 1}", weekday(date(year + 1, 1, 5)), date(year + 1, 3, 27)),
            (f"Summer {year + 1}", weekday(date(year + 1, 4, 13)), date(year + 1, 7, 20)),
        ]
    return [(name, first, weekday_before(last)) for name, first, last in terms]


def told_terms(today: date) -> list[Dates]:
    """The last three terms with time enough behind them for sessions to have been held."""
    yesterday = today - DAY
    begun = [
        Dates(name, first, last, min(last, yesterday))
        for name, first, last in school_terms(today)
        if first + 21 * DAY <= yesterday
    ]
    return begun[-3:]


def weekday(day: date) -> date:
    """``day``, or the Monday after where it is at a weekend."""
    return day if day.weekday() < 5 else day + (7 - day.weekday()) * DAY


def weekday_before(day: date) -> date:
    """``day``, or the Friday before where it is at a weekend."""
    return day if day.weekday() < 5 else day - (day.weekday() - 4) * DAY


def half_term(first: date, last: date) -> tuple[date, date]:
    """Monday to Friday of the week in the middle of a term."""
    middle = first + (last - first) // 2
    monday = middle - middle.weekday() * DAY
    return monday, monday + 4 * DAY


def part_way(term: Dates, share: float) -> date:
    """A weekday ``share`` of the way through what has been held of a term, half term left out."""
    span = (term.held_to - term.starts_on).days
    day = weekday_before(term.starts_on + round(span * share) * DAY)
    first, last = half_term(term.starts_on, term.ends_on)
    return first - 3 * DAY if first <= day <= last else day


def moment(day: date, at: str) -> datetime:
    """The moment of "13:30" in London on a day, in UTC."""
    return clock.from_london(day, time.fromisoformat(at))
