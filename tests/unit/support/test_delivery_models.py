"""S1's arithmetic: what is planned, and how delivered against planned reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cop_site.support.delivery_models import (
    Delivered,
    Delivery,
    Planned,
    say_minutes,
    sum_planned,
)

MONDAY = date(2026, 11, 2)
WEEK = timedelta(days=7)
WEEKS = [MONDAY + number * WEEK for number in range(4)]


@dataclass(frozen=True)
class Plan:
    starts_on: date
    ends_on: date | None
    minutes_a_week: int


class TestSumPlanned:
    def test_one_plan_counts_each_week(self) -> None:
        assert sum_planned([Plan(MONDAY, None, 90)], WEEKS) == Planned(360, 4, 4)

    def test_a_plan_in_force_on_the_first_school_day_counts_for_the_week(self) -> None:
        tuesday = MONDAY + timedelta(days=1)
        assert sum_planned([Plan(tuesday, None, 90)], WEEKS) == Planned(270, 4, 3)
        assert sum_planned([Plan(MONDAY - WEEK, MONDAY, 90)], WEEKS) == Planned(90, 4, 1)

    def test_a_new_plan_takes_over_from_its_day(self) -> None:
        plans = [Plan(MONDAY, WEEKS[2] - timedelta(days=1), 60), Plan(WEEKS[2], None, 100)]
        assert sum_planned(plans, WEEKS) == Planned(320, 4, 4)

    def test_no_plan_is_unplanned(self) -> None:
        assert not sum_planned([], WEEKS).is_planned
        assert not sum_planned([Plan(MONDAY - 3 * WEEK, MONDAY - WEEK, 60)], WEEKS).is_planned

    def test_a_plan_of_no_minutes_is_a_plan(self) -> None:
        assert sum_planned([Plan(MONDAY, None, 0)], WEEKS).is_planned


class TestDelivery:
    @pytest.mark.parametrize(
        ("minutes", "planned", "headline"),
        [
            (780, Planned(1000, 10, 10), "78%"),
            (1040, Planned(1000, 10, 10), "104%"),
            (785, Planned(1000, 10, 10), "79%"),
            (784, Planned(1000, 10, 10), "78%"),
            (0, Planned(1000, 10, 10), "0%"),
            (500, Planned(0, 10, 0), "Unplanned"),
            (500, Planned(0, 10, 10), "No time planned"),
            (500, Planned(0, 0, 0), "No school week yet"),
        ],
    )
    def test_headline_says_the_share_or_why_there_is_none(
        self, minutes: int, planned: Planned, headline: str
    ) -> None:
        assert Delivery(Delivered(1, minutes), planned).headline == headline

    @given(st.integers(0, 10**6), st.integers(1, 10**6))
    def test_percent_is_the_nearest_whole(self, minutes: int, planned: int) -> None:
        percent = Delivery(Delivered(1, minutes), Planned(planned, 1, 1)).percent
        assert percent is not None
        assert abs(100 * minutes - percent * planned) * 2 <= planned


class TestDelivered:
    def test_minutes_are_contact_preparation_and_travel(self) -> None:
        assert Delivered(2, 60, 15, 10).minutes == 85


class TestSayMinutes:
    @pytest.mark.parametrize(
        ("minutes", "said"),
        [
            (0, "0 minutes"),
            (1, "1 minute"),
            (60, "1 hour"),
            (61, "1 hour 1 minute"),
            (135, "2 hours 15 minutes"),
            (60_000, "1,000 hours"),
        ],
    )
    def test_hours_and_minutes(self, minutes: int, said: str) -> None:
        assert say_minutes(minutes) == said
