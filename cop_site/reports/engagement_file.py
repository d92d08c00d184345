"""The engagement figures as a table to download: a row for each school of the scope."""

from __future__ import annotations

from collections.abc import Iterator

from cop_site.reports.definitions import NETWORK_ENGAGEMENT
from cop_site.reports.engagement import Engagement
from cop_site.reports.engagement_report import Report
from cop_site.reports.fact_models import ListedSchool, Visit
from cop_site.reports.term_queries import FrozenScope, TermWithScopes
from cop_site.web.tables import Cell

HEADER = (
    *("metric", "term", "scope", "scope_version", "as_at", "sessions_not_closed"),
    *("school_id", "urn", "school", "phase", "type", "trust", "cluster"),
    *("in_denominator", "engaged", "sessions_attended", "days_attended", "note"),
)


def file_name(term: TermWithScopes, report: Report) -> str:
    return f"engagement {term.name} as at {report.as_at.isoformat()}.csv"


def file_rows(
    term: TermWithScopes, scope: FrozenScope, report: Report, figures: Engagement
) -> Iterator[list[Cell]]:
    """Every school of the scope by name. M1 is the rows in the denominator that say engaged."""
    start: list[Cell] = [NETWORK_ENGAGEMENT.id, term.name, scope.name, scope.version, report.as_at]
    start.append(figures.sessions_not_closed)
    for one in figures.schools:
        through = ", ".join(one.counted_through)
        note = f"Counted because {through} came" if through else ""
        yield [*start, *_school(one.school), True, one.is_engaged, *_visits(one.visits), note]
    for left in figures.left_out:
        yield [*start, *_school(left.school), False, False, *_visits(()), f"This school {left.why}"]


def _school(school: ListedSchool) -> list[Cell]:
    return [
        school.school_id,
        school.urn,
        school.name,
        school.phase,
        school.type_name,
        school.trust_name,
        school.cluster_name,
    ]


def _visits(visits: tuple[Visit, ...]) -> list[Cell]:
    days = sorted({visit.day.isoformat() for visit in visits})
    return [len({visit.session_id for visit in visits}), " ".join(days)]
