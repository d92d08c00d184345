"""When a place that came free is offered, and how long it is kept. No database."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta

from cop_site import clock
from cop_site.schools.school_days import TermDays, is_open_day

# Before the start: from here on nothing is kept for anybody, whoever comes first has the place.
FIRST_COME = timedelta(hours=24)
FIRST, LAST = time(8), time(17)
# By so much earlier somebody stands before the head of a list.
STEP = timedelta(microseconds=1)


def is_first_come(starts_at: datetime) -> bool:
    """True in the last day before the start, and after it."""
    return clock.now() >= starts_at - FIRST_COME


def may_offer(terms: Collection[TermDays]) -> bool:
    """Offers go out in school hours only: 8am to 5pm in London, on a school day."""
    now = clock.london(clock.now())
    return FIRST <= now.time() < LAST and is_open_day(terms, now.date())


def find_deadline(terms: Collection[TermDays], school_days: int, starts_at: datetime) -> datetime:
    """The same time of day, so many school days from now; never in the last day before the start.

    Weekends, bank holidays, half terms and the weeks between terms don't count.
    """
    now = clock.london(clock.now())
    day = now.date()
    while school_days > 0:
        day += clock.ONE_DAY
        school_days -= is_open_day(terms, day)
    return min(clock.from_london(day, now.time()), starts_at - FIRST_COME)
