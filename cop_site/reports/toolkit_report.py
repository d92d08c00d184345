"""T5 of a term and list, for its page, the overview and the file."""

from __future__ import annotations

from cop_site.reports.basis import Basis
from cop_site.reports.fact_models import Link, ListedSchool
from cop_site.reports.toolkit_reach import ToolkitReach, measure_reach
from cop_site.toolkit.reach_queries import list_schools_with_downloads


def read_reach(
    basis: Basis, listed: tuple[ListedSchool, ...], links: tuple[Link, ...]
) -> ToolkitReach | None:
    """T5 to date, in one statement. None where no list is frozen."""
    if basis.term is None or basis.scope is None:
        return None
    period = basis.term.period
    downloads = list_schools_with_downloads(*basis.days_so_far)
    figures = measure_reach(listed, downloads, links, period, as_at=basis.as_at)
    return figures.only(basis.cluster_ids)
