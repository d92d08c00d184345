from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cop_site.schools.term_models import Period
from cop_site.schools.term_queries import find_periods


@dataclass(frozen=True)
class Begun:
    id: int
    starts_on: date


SPRING = Begun(7, date(2027, 1, 5))
SUMMER = Begun(3, date(2027, 4, 12))
AUTUMN = Begun(5, date(2026, 9, 1))


class TestFindPeriods:
    def test_each_runs_to_the_day_before_the_next_begins_whatever_the_order(self) -> None:
        assert find_periods([SUMMER, AUTUMN, SPRING]) == {
            AUTUMN.id: Period(AUTUMN.starts_on, date(2027, 1, 4)),
            SPRING.id: Period(SPRING.starts_on, date(2027, 4, 11)),
            SUMMER.id: Period(SUMMER.starts_on, None),
        }

    def test_no_term_has_none(self) -> None:
        assert find_periods([]) == {}


class TestPeriod:
    def test_holds_its_first_and_last_day_and_none_beside_them(self) -> None:
        period = Period(date(2026, 9, 1), date(2027, 1, 4))
        days = [date(2026, 8, 31), date(2026, 9, 1), date(2027, 1, 4), date(2027, 1, 5)]
        assert [period.holds(day) for day in days] == [False, True, True, False]
        assert Period(date(2026, 9, 1), None).holds(date(2030, 1, 1))
