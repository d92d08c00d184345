"""When places are offered, and for how long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

import pytest

from cop_site import clock
from cop_site.bookings.offer_times import find_deadline, is_first_come, may_offer

At = Callable[[datetime], None]


@dataclass(frozen=True)
class Days:
    starts_on: date
    ends_on: date
    half_term_starts_on: date | None = None
    half_term_ends_on: date | None = None


AUTUMN = Days(date(2026, 9, 1), date(2026, 12, 18), date(2026, 10, 26), date(2026, 10, 30))
SPRING = Days(date(2027, 1, 4), date(2027, 3, 25))
TERMS = (AUTUMN, SPRING)
FAR = datetime(2027, 3, 1, 9, tzinfo=clock.LONDON)


def london(month: int, day: int, hour: int = 14, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=clock.LONDON)


class TestFindDeadline:
    @pytest.mark.parametrize(
        ("now", "until"),
        [
            (london(11, 10), london(11, 12)),
            (london(11, 13), london(11, 17)),
            (london(10, 22), london(11, 2)),
            (london(12, 17), london(1, 4, year=2027)),
        ],
        ids=["midweek", "weekend", "half term and the end of summer time", "winter holiday"],
    )
    def test_counts_school_days_only(self, at: At, now: datetime, until: datetime) -> None:
        at(now)
        assert find_deadline(TERMS, 2, FAR) == until

    def test_where_no_term_was_entered_counts_working_days(self, at: At) -> None:
        at(london(12, 23))
        assert find_deadline((), 2, FAR) == london(12, 29)

    def test_ends_a_day_before_the_start(self, at: At) -> None:
        at(london(11, 10))
        assert find_deadline(TERMS, 2, london(11, 12, 9)) == london(11, 11, 9)


class TestMayOffer:
    @pytest.mark.parametrize(
        ("now", "may"),
        [
            (london(11, 10, 7, 59), False),
            (london(11, 10, 8), True),
            (london(11, 10, 16, 59), True),
            (london(11, 10, 17), False),
            (london(11, 14), False),
            (london(10, 28), False),
            (london(12, 21), False),
        ],
    )
    def test_only_in_school_hours(self, at: At, now: datetime, may: bool) -> None:
        at(now)
        assert may_offer(TERMS) is may


@pytest.mark.parametrize(("hour", "is_it"), [(13, False), (14, True), (15, True)])
def test_the_last_24_hours_are_first_come(at: At, hour: int, is_it: bool) -> None:
    at(london(11, 10, hour))
    assert is_first_come(london(11, 11)) is is_it
