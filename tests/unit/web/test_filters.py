"""How dates, times and numbers read."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from cop_site.web.filters import (
    clock_time,
    long_date,
    plural,
    short_date,
    short_month,
    time_range,
    weekday,
)


class TestClockTime:
    @pytest.mark.parametrize(
        ("utc", "said"),
        [
            (datetime(2026, 11, 26, 13, 30, tzinfo=UTC), "1:30pm"),
            (datetime(2026, 11, 26, 9, 0, tzinfo=UTC), "9am"),
            (datetime(2026, 7, 1, 11, 0, tzinfo=UTC), "midday"),
            (datetime(2026, 11, 26, 0, 0, tzinfo=UTC), "midnight"),
            (datetime(2026, 11, 26, 12, 5, tzinfo=UTC), "12:05pm"),
            (datetime(2026, 10, 25, 0, 59, tzinfo=UTC), "1:59am"),
            (datetime(2026, 10, 25, 1, 0, tzinfo=UTC), "1am"),
        ],
    )
    def test_reads_as_on_a_london_wall(self, utc: datetime, said: str) -> None:
        assert clock_time(utc) == said

    def test_range_says_both_ends(self) -> None:
        starts = datetime(2026, 11, 26, 13, 30, tzinfo=UTC)
        assert time_range(starts, starts.replace(hour=15)) == "1:30pm to 3:30pm"


class TestDates:
    def test_a_moment_gives_its_date_in_london(self) -> None:
        late = datetime(2026, 7, 31, 23, 30, tzinfo=UTC)
        assert long_date(late) == "Saturday 1 August 2026"
        assert short_date(late) == "1 August 2026"
        assert weekday(late) == "Saturday"

    @pytest.mark.parametrize("month", range(1, 13))
    def test_months_and_days_are_named_as_the_calendar_has_them(self, month: int) -> None:
        day = date(2026, month, month)
        assert long_date(day) == f"{day:%A} {day.day} {day:%B} {day.year}"
        assert short_month(day) == f"{day:%b}"

    def test_a_date_is_itself(self) -> None:
        assert long_date(date(2026, 11, 27)) == "Friday 27 November 2026"


class TestPlural:
    @pytest.mark.parametrize(
        ("count", "said"), [(0, "no schools"), (1, "1 school"), (2, "2 schools")]
    )
    def test_agrees(self, count: int, said: str) -> None:
        assert plural(count, "school") == said

    def test_takes_its_own_many(self) -> None:
        assert plural(2, "person", "people") == "2 people"
