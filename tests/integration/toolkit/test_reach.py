"""Use of the toolkit as its reads give it, on rows counted by hand."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Flask

from cop_site.schools.models import SchoolStatus
from cop_site.toolkit import reach_queries
from cop_site.toolkit.models import VersionState
from tests.factories.schools import make_school
from tests.factories.toolkit import make_download, make_resource, make_version

FIRST, LAST = date(2026, 9, 1), date(2026, 12, 18)
DAY = timedelta(days=1)


class TestListSchoolsWithDownloads:
    def test_counts_the_first_and_the_last_day_and_no_other(self, app: Flask) -> None:
        resource, alder, birch = make_resource(), make_school(), make_school()
        for day in (FIRST - DAY, FIRST, LAST, LAST + DAY):
            make_download(resource, alder, day)
        make_download(resource, birch, FIRST - DAY)
        assert reach_queries.list_schools_with_downloads(FIRST, LAST) == {alder.id: 2}
        assert reach_queries.list_schools_with_downloads(LAST + 2 * DAY, LAST + 3 * DAY) == {}


class TestListAreaUptake:
    def test_a_resource_in_two_areas_counts_in_each_and_a_school_once(self, app: Flask) -> None:
        alder, birch = make_school(), make_school()
        both = make_resource("semh", "attendance", "assess")
        one = make_resource("semh")
        for resource, school in ((both, alder), (both, birch), (one, alder)):
            make_download(resource, school, FIRST)
        make_download(one, birch, LAST + DAY)
        found = {row.key: row for row in reach_queries.list_area_uptake(FIRST, LAST)}
        assert (found["semh"].schools, found["semh"].downloads) == (2, 3)
        assert (found["attendance"].schools, found["attendance"].downloads) == (2, 2)
        assert (found["transitions"].schools, found["transitions"].downloads) == (0, 0)
        assert found["transitions"].name == "Transitions"
        assert "assess" not in found, "stages are not areas"
        assert len(found) == 7

    def test_is_read_from_the_version_that_was_downloaded(self, app: Flask) -> None:
        school, resource = make_school(), make_resource("semh", state=VersionState.SUPERSEDED)
        make_version(resource, 2, "transitions")
        make_download(resource, school, FIRST, number=1)
        found = {row.key: row.schools for row in reach_queries.list_area_uptake(FIRST, LAST)}
        assert (found["semh"], found["transitions"]) == (1, 0)


class TestListSchoolDownloads:
    def test_lists_open_schools_without_any_and_closed_ones_with_some(self, app: Flask) -> None:
        resource, other = make_resource(), make_resource()
        open_, quiet = make_school("Alder"), make_school("Birch")
        gone = make_school("Cedar", status=SchoolStatus.CLOSED)
        make_school("Dogwood", status=SchoolStatus.CLOSED)
        make_download(resource, open_, FIRST)
        make_download(resource, open_, LAST)
        make_download(other, open_, FIRST)
        make_download(resource, gone, FIRST)
        rows = reach_queries.list_school_downloads(FIRST, LAST)
        told = [(row.school_id, row.downloads, row.resources, row.last_on) for row in rows]
        assert told == [
            (open_.id, 3, 2, LAST),
            (quiet.id, 0, 0, None),
            (gone.id, 1, 1, FIRST),
        ]

    def test_is_narrowed_counted_and_cut_in_pages_in_the_database(self, app: Flask) -> None:
        resource = make_resource()
        schools = [make_school(f"School {number}") for number in range(1, 6)]
        gone = make_school("School 6", status=SchoolStatus.CLOSED)
        make_school("School 7", status=SchoolStatus.CLOSED)
        for school in (schools[1], schools[3], gone):
            make_download(resource, school, FIRST)
        make_download(resource, schools[0], LAST + DAY)

        def names(which: str = "", **part: int) -> list[str]:
            rows = reach_queries.list_school_downloads(FIRST, LAST, which, **part)
            return [row.name[-1] for row in rows]

        assert reach_queries.count_school_downloads(FIRST, LAST) == (3, 6)
        assert names() == ["1", "2", "3", "4", "5", "6"]
        assert names("some") == ["2", "4", "6"]
        assert names("none") == ["1", "3", "5"]
        assert names(most=4, start=4) == ["5", "6"]
        assert names("some", most=2, start=1) == ["4", "6"]
        assert names(most=2, start=6) == []


class TestListPastReview:
    def test_lists_the_published_whose_day_has_passed_the_longest_first(self, app: Flask) -> None:
        make_resource(title="Today", review_on=FIRST)
        make_resource(title="Yesterday", review_on=FIRST - DAY)
        make_resource(title="Long ago", review_on=FIRST - 90 * DAY)
        for state in (VersionState.DRAFT, VersionState.WITHDRAWN):
            make_resource(review_on=FIRST - DAY, state=state)
        rows = reach_queries.list_past_review(FIRST)
        assert [row.title for row in rows] == ["Long ago", "Yesterday"]
        assert reach_queries.count_past_review(FIRST) == 2
        assert reach_queries.list_past_review(FIRST, most=5, start=1) == rows[1:]
