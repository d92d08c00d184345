"""Working days and school weeks: England's bank holidays and the terms decide. No database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache
from typing import Protocol

import holidays

from cop_site import clock

FRIDAY = 4


class TermDays(Protocol):
    """The days of a term; the half term is a break inside it, or None where nobody said."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date: ...
    @property
    def half_term_starts_on(self) -> date | None: ...
    @property
    def half_term_ends_on(self) -> date | None: ...


@cache
def _bank_holidays(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=year))


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no bank holiday in England."""
    return day.weekday() <= FRIDAY and day not in _bank_holidays(day.year)


def add_working_days(day: date, count: int) -> date:
    """The working day that lies ``count`` of them after ``day``; ``day`` itself where it is 0."""
    while count > 0:
        day += clock.ONE_DAY
        count -= is_working_day(day)
    return day


def count_working_days(after: date, to: date) -> int:
    """Working days after the first day, up to and including the second; 0 for days in reverse."""
    days = (to - after).days
    return sum(is_working_day(after + number * clock.ONE_DAY) for number in range(1, days + 1))


def is_school_day(term: TermDays, day: date) -> bool:
    """A working day of the term that is not in its half term."""
    if not term.starts_on <= day <= term.ends_on or not is_working_day(day):
        return False
    first, last = term.half_term_starts_on, term.half_term_ends_on
    return first is None or last is None or not first <= day <= last


def is_open_day(terms: Collection[TermDays], day: date) -> bool:
    """A school day of any of the terms. Before the first and after the last that somebody entered
    nobody knows, so that a working day counts there.
    """
    known = [term for term in terms if term.starts_on <= day <= term.ends_on]
    if known:
        return any(is_school_day(term, day) for term in known)
    is_between = any(term.ends_on < day for term in terms) and any(
        term.starts_on > day for term in terms
    )
    return is_working_day(day) and not is_between


def list_school_weeks(term: TermDays, to: date) -> list[date]:
    """The first school day of each week, Monday to Sunday, that has one; up to ``to`` inclusive.

    A week counts once it has begun, however few its school days. A week wholly in the half term
    has none. A week shared by two terms is in both.
    """
    firsts: dict[date, date] = {}
    for number in range((min(term.ends_on, to) - term.starts_on).days + 1):
        day = term.starts_on + number * clock.ONE_DAY
        if is_school_day(term, day):
            firsts.setdefault(day - day.weekday() * clock.ONE_DAY, day)
    return list(firsts.values())
