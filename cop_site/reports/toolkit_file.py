"""T5 as a table to download: a row for each school of the list."""

from __future__ import annotations

from collections.abc import Iterator

from cop_site.reports.definitions import TOOLKIT_REACH
from cop_site.reports.fact_models import ListedSchool
from cop_site.reports.toolkit_reach import ToolkitReach
from cop_site.reports.toolkit_report import ToolkitReport
from cop_site.web.tables import Cell

HEADER = (
    *("metric", "term", "scope", "scope_version", "as_at", "school_id", "urn", "school"),
    *("phase", "cluster", "in_denominator", "reached", "downloads", "note"),
)


def file_rows(report: ToolkitReport, reach: ToolkitReach) -> Iterator[list[Cell]]:
    """T5 is the rows in the denominator that say reached."""
    term, scope = report.basis.term, report.basis.scope
    if term is None or scope is None:
        return
    start: list[Cell] = [TOOLKIT_REACH.id, term.name, scope.name, scope.version, report.basis.as_at]
    for one in reach.schools:
        through = ", ".join(one.counted_through)
        note = f"Counted because people of {through} downloaded" if through else ""
        downloads = sum(taken.downloads for taken in one.visits)
        yield [*start, *_school(one.school), True, one.is_engaged, downloads, note]
    for left in reach.left_out:
        yield [*start, *_school(left.school), False, False, 0, f"This school {left.why}"]


def _school(school: ListedSchool) -> list[Cell]:
    return [school.school_id, school.urn, school.name, school.phase, school.cluster_name]
