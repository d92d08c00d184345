"""T5 of a term and list, for its page, the overview and the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cop_site.reports.basis import Ask, Basis, load_basis
from cop_site.reports.numbers import Rate
from cop_site.reports.readings import Readings, read
from cop_site.reports.toolkit_reach import ToolkitReach, measure_reach
from cop_site.toolkit.reach_queries import list_schools_with_downloads


@dataclass(frozen=True)
class ToolkitReport:
    """T5; ``reach`` is None where no list is frozen. ``names``: every cluster to choose, by id."""

    basis: Basis
    names: Mapping[int, str]
    reach: ToolkitReach | None

    @property
    def title(self) -> str:
        return f"toolkit reach {self.basis.term.name if self.basis.term else ''}"

    @property
    def by_cluster(self) -> list[tuple[str, Rate]]:
        """T5 of each cluster that the list names, "" for the schools of none.

        By id, so that two clusters of one name stay two.
        """
        names: dict[int | None, str] = {}
        reached: dict[int | None, list[bool]] = {}
        for one in self.reach.schools if self.reach else ():
            names[one.school.cluster_id] = one.school.cluster_name
            reached.setdefault(one.school.cluster_id, []).append(one.is_engaged)
        order = sorted(names, key=lambda id_: (names[id_].casefold(), id_ or 0))
        return [(names[id_], Rate(sum(reached[id_]), len(reached[id_]))) for id_ in order]


def load_reach(ask: Ask) -> ToolkitReport | None:
    """T5 in five statements, whatever the size. None where there is no term."""
    basis = load_basis(ask)
    if basis.term is None:
        return None
    readings = read(basis)
    return ToolkitReport(basis, readings.cluster_names, read_reach(basis, readings))


def read_reach(basis: Basis, readings: Readings) -> ToolkitReach | None:
    """T5 to date, in one statement. None where no list is frozen."""
    if basis.term is None or basis.scope is None:
        return None
    period = basis.term.period
    downloads = list_schools_with_downloads(*basis.days_so_far)
    figures = measure_reach(
        readings.listed[basis.scope.id], downloads, readings.links, period, as_at=basis.as_at
    )
    return figures.only(basis.cluster_ids)
