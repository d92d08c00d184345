"""T5 worked out from plain facts. No database: reads are the toolkit's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from cop_site.reports.fact_models import Link, ListedSchool, Taken
from cop_site.reports.numbers import Rate
from cop_site.reports.school_results import LeftOut, SchoolResult, count_schools
from cop_site.schools.term_models import Period


@dataclass(frozen=True)
class ToolkitReach:
    """T5 of one list, with the schools behind it. ``outside``: schools not on the list."""

    schools: tuple[SchoolResult[Taken], ...]
    left_out: tuple[LeftOut, ...] = ()
    outside: int = 0

    @property
    def reached(self) -> tuple[SchoolResult[Taken], ...]:
        return tuple(one for one in self.schools if one.is_engaged)

    @property
    def not_reached(self) -> tuple[SchoolResult[Taken], ...]:
        return tuple(one for one in self.schools if not one.is_engaged)

    @property
    def rate(self) -> Rate:
        return Rate(len(self.reached), len(self.schools))

    def only(self, cluster_ids: Collection[int] | None) -> ToolkitReach:
        """The same for the schools that the list has in some clusters. None: all of them.

        A school outside the list has no cluster in it, so those are left away.
        """
        if cluster_ids is None:
            return self
        return ToolkitReach(
            tuple(one for one in self.schools if one.school.cluster_id in cluster_ids),
            tuple(one for one in self.left_out if one.school.cluster_id in cluster_ids),
        )


def measure_reach(
    listed: Sequence[ListedSchool],
    downloads: Mapping[int, int],
    links: Collection[Link],
    period: Period,
    *,
    as_at: date,
) -> ToolkitReach:
    """T5 for a period. ``downloads``: how many each school made in it, up to ``as_at``."""
    names = {link.successor_id: link.successor_name for link in links}
    names |= {school.school_id: school.name for school in listed}

    def taken(_school: ListedSchool, ids: frozenset[int]) -> list[Taken]:
        found = sorted(one for one in ids if downloads.get(one))
        return [Taken(one, names.get(one, ""), downloads[one]) for one in found]

    counted = count_schools(listed, links, period, as_at, taken)
    outside = sum(one not in counted.known for one, count in downloads.items() if count)
    return ToolkitReach(counted.schools, counted.left_out, outside)
