"""S1 from plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from cop_site.reports.delivery import Deliveries, measure_delivery
from cop_site.support.delivery_models import Delivered

MONDAY = date(2026, 9, 7)
WEEKS = [MONDAY + timedelta(weeks=number) for number in range(4)]


@dataclass(frozen=True)
class Plan:
    starts_on: date
    ends_on: date | None
    minutes_a_week: int


def figure(delivered: dict[int, Delivered], plans: dict[int, list[Plan]]) -> Deliveries:
    return measure_delivery({1: "North", 2: "South"}, delivered, plans, WEEKS)


def headlines(figures: Deliveries) -> dict[str, str]:
    return {one.name: one.delivery.headline for one in figures.clusters}


class TestMeasureDelivery:
    def test_minutes_of_every_sort_out_of_those_planned(self) -> None:
        figures = figure(
            {1: Delivered(3, 100, 30, 20), 2: Delivered(1, 10)},
            {1: [Plan(MONDAY, None, 60)], 2: [Plan(MONDAY, None, 20)]},
        )
        assert headlines(figures) == {"North": "63%", "South": "13%"}
        whole = figures.whole
        assert (whole.delivered.entries, whole.delivered.minutes) == (4, 160)
        assert (whole.planned.minutes, whole.headline) == (320, "50%")

    def test_plan_in_force_on_each_weeks_first_school_day_counts(self) -> None:
        plans = [
            Plan(date(2026, 9, 1), WEEKS[1], 60),
            Plan(WEEKS[1] + timedelta(days=1), None, 100),
        ]
        assert figure({}, {1: plans}).clusters[0].delivery.planned.minutes == 60 + 60 + 100 + 100

    def test_cluster_without_a_plan_is_unplanned_and_not_in_the_whole(self) -> None:
        later = Plan(date(2027, 1, 1), None, 60)
        given = {1: Delivered(1, 100), 2: Delivered(1, 50)}
        figures = figure(given, {1: [later], 2: [Plan(MONDAY, None, 25)]})
        assert headlines(figures) == {"North": "Unplanned", "South": "50%"}
        assert [one.name for one in figures.unplanned] == ["North"]
        assert (figures.whole.delivered.minutes, figures.whole.planned.minutes) == (50, 100)
        assert (figures.whole.planned.weeks, figures.whole.planned.planned_weeks) == (4, 4)

    def test_no_plan_anywhere_is_unplanned_as_a_whole(self) -> None:
        assert not figure({1: Delivered(1, 100)}, {}).whole.planned.is_planned


class TestDeliveries:
    def test_only_leaves_some_clusters(self) -> None:
        figures = figure({}, {})
        assert [one.name for one in figures.only({2}).clusters] == ["South"]
        assert figures.only(None) is figures
