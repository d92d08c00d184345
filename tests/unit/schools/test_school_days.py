from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cop_site.schools.school_days import (
    add_working_days,
    count_working_days,
    is_school_day,
    is_working_day,
    list_school_weeks,
)

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))


@dataclass(frozen=True)
class Days:
    starts_on: date
    ends_on: date
    half_term_starts_on: date | None = None
    half_term_ends_on: date | None = None


AUTUMN = Days(date(2026, 9, 2), date(2026, 12, 18), date(2026, 10, 26), date(2026, 10, 30))


class TestIsWorkingDay:
    def test_weekdays_are_and_weekends_are_not(self) -> None:
        week = [is_working_day(date(2026, 11, day)) for day in range(9, 16)]
        assert week == [True] * 5 + [False] * 2

    def test_bank_holidays_of_england_are_not(self) -> None:
        assert not is_working_day(date(2026, 4, 3)), "Good Friday"
        assert not is_working_day(date(2026, 12, 28)), "Boxing Day, kept on the Monday"

    def test_bank_holidays_of_scotland_alone_are(self) -> None:
        assert is_working_day(date(2026, 8, 3))


class TestAddWorkingDays:
    def test_five_from_a_friday_is_the_next_friday(self) -> None:
        assert add_working_days(date(2026, 11, 6), 5) == date(2026, 11, 13)

    def test_easter_is_stepped_over(self) -> None:
        assert add_working_days(date(2026, 4, 2), 1) == date(2026, 4, 7)

    def test_none_is_the_day_itself(self) -> None:
        assert add_working_days(date(2026, 11, 7), 0) == date(2026, 11, 7)

    @given(DAYS, st.integers(1, 30))
    def test_it_lands_on_a_working_day_so_many_after(self, day: date, count: int) -> None:
        landed = add_working_days(day, count)
        assert is_working_day(landed)
        assert count_working_days(day, landed) == count


class TestCountWorkingDays:
    def test_the_first_day_is_left_out_and_the_last_counted(self) -> None:
        assert count_working_days(date(2026, 11, 9), date(2026, 11, 13)) == 4

    def test_backwards_is_none(self) -> None:
        assert count_working_days(date(2026, 11, 13), date(2026, 11, 9)) == 0


class TestIsSchoolDay:
    def test_the_half_term_is_not_from_its_first_to_its_last_day(self) -> None:
        days = [date(2026, 10, day) for day in (23, 26, 30)]
        assert [is_school_day(AUTUMN, day) for day in days] == [True, False, False]
        assert is_school_day(AUTUMN, date(2026, 11, 2))

    def test_outside_the_term_is_not(self) -> None:
        assert not is_school_day(AUTUMN, date(2026, 9, 1))
        assert not is_school_day(AUTUMN, date(2026, 12, 21))


class TestListSchoolWeeks:
    def test_a_week_counts_from_its_first_school_day(self) -> None:
        # The term begins on a Wednesday.
        assert list_school_weeks(AUTUMN, date(2026, 9, 1)) == []
        assert list_school_weeks(AUTUMN, date(2026, 9, 2)) == [date(2026, 9, 2)]
        assert list_school_weeks(AUTUMN, date(2026, 9, 6)) == [date(2026, 9, 2)]
        assert list_school_weeks(AUTUMN, date(2026, 9, 7))[-1] == date(2026, 9, 7)

    def test_the_whole_term_has_sixteen_weeks_less_half_term(self) -> None:
        weeks = list_school_weeks(AUTUMN, date(2027, 1, 5))
        assert len(weeks) == 15
        assert date(2026, 10, 26) not in weeks

    def test_without_a_half_term_given_every_week_counts(self) -> None:
        assert len(list_school_weeks(Days(AUTUMN.starts_on, AUTUMN.ends_on), date.max)) == 16

    def test_a_week_begun_by_a_bank_holiday_counts_from_the_tuesday(self) -> None:
        summer = Days(date(2026, 4, 13), date(2026, 7, 20))
        assert date(2026, 5, 5) in list_school_weeks(summer, date(2026, 7, 20))

    @given(DAYS, st.integers(1, 120), st.integers(0, 150))
    def test_each_week_once_and_in_order(self, first: date, length: int, to: int) -> None:
        term = Days(first, first + timedelta(days=length))
        weeks = list_school_weeks(term, first + timedelta(days=to))
        mondays = [day - timedelta(days=day.weekday()) for day in weeks]
        assert mondays == sorted(set(mondays))
        assert all(is_school_day(term, day) for day in weeks)
