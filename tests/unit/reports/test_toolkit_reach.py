"""T5 from plain facts."""

from __future__ import annotations

from datetime import date
from typing import Any

from cop_site.reports.basis import Basis, Moment
from cop_site.reports.fact_models import Link, ListedSchool
from cop_site.reports.toolkit_reach import ToolkitReach, measure_reach
from cop_site.reports.toolkit_report import ToolkitReport
from cop_site.schools.term_models import Period

AUTUMN = Period(date(2026, 9, 1), date(2027, 1, 3))
CHANGED = date(2026, 10, 1)


def listed(*ids: int, **values: Any) -> tuple[ListedSchool, ...]:
    return tuple(ListedSchool(one, f"School {one}", **values) for one in ids)


def figure(
    schools: tuple[ListedSchool, ...], downloads: dict[int, int], *links: Link
) -> ToolkitReach:
    return measure_reach(schools, downloads, links, AUTUMN, as_at=date(2026, 11, 10))


class TestMeasureReach:
    def test_a_school_counts_once_however_much_it_took(self) -> None:
        figures = figure(listed(1, 2, 3), {1: 14, 3: 1})
        assert figures.rate.of == "2 of 3"
        assert [one.visits[0].downloads for one in figures.reached] == [14, 1]
        assert [one.school.school_id for one in figures.not_reached] == [2]

    def test_school_outside_the_list_is_counted_apart(self) -> None:
        figures = figure(listed(1), {1: 1, 8: 2, 9: 0})
        assert (figures.rate.of, figures.outside) == ("1 of 1", 1)

    def test_conversion_in_the_period_is_one_school(self) -> None:
        link = Link(1, 7, CHANGED, None, None, "Academy 7")
        figures = figure(listed(1), {7: 3}, link)
        assert (figures.rate.of, figures.outside) == ("1 of 1", 0)
        assert figures.reached[0].counted_through == ("Academy 7",)

    def test_amalgamation_counts_each_school_on_the_list(self) -> None:
        links = [Link(one, 7, CHANGED, None, None) for one in (1, 2, 3)]
        assert figure(listed(1, 2), {7: 1}, *links).rate.of == "2 of 2"

    def test_school_that_closed_and_took_nothing_leaves_with_a_note(self) -> None:
        schools = (*listed(1), *listed(2, closed_on=date(2026, 10, 31)))
        figures = figure(schools, {1: 1})
        assert (figures.rate.of, len(figures.left_out)) == ("1 of 1", 1)


class TestOnly:
    def test_leaves_the_schools_that_the_list_has_in_a_cluster(self) -> None:
        schools = (*listed(1, 2, cluster_id=5), *listed(3, cluster_id=6))
        figures = figure(schools, {1: 1, 3: 1, 9: 1})
        assert figures.only({5}).rate.of == "1 of 2"
        assert figures.only({5}).outside == 0
        assert figures.only(None) is figures


class TestByCluster:
    def test_two_clusters_of_one_name_stay_two(self) -> None:
        schools = (
            *listed(1, 2, cluster_id=5, cluster_name="West"),
            *listed(3, cluster_id=6, cluster_name="West"),
            *listed(4, cluster_id=7, cluster_name="east"),
            *listed(5),
        )
        basis = Basis((), None, None, Moment(date(2026, 11, 10)))
        report = ToolkitReport(basis, {}, figure(schools, {1: 1, 3: 1, 4: 1}))
        assert [(name, rate.of) for name, rate in report.by_cluster] == [
            ("", "0 of 1"),
            ("east", "1 of 1"),
            ("West", "1 of 2"),
            ("West", "1 of 1"),
        ]
