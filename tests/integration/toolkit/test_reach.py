"""T5, T7 and T8 as the toolkit gives them, on rows counted by hand."""

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
        schools = {"semh": {alder.id, birch.id}, "attendance": {alder.id, birch.id}}
        assert reach_queries.list_area_schools(FIRST, LAST) == schools

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


class TestCountFresh:
    def test_needs_a_review_date_ahead_and_an_accessibility_status(self, app: Flask) -> None:
        make_resource(review_on=FIRST)
        make_resource(review_on=FIRST - DAY)
        make_resource(review_on=LAST, accessibility=None)
        make_resource(review_on=LAST, state=VersionState.DRAFT)
        make_resource(review_on=LAST, state=VersionState.WITHDRAWN)
        assert reach_queries.count_fresh(FIRST) == (1, 3)
