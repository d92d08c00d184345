"""M5 and S1 as a table to download: a row for each school, then one for each cluster's support."""

from __future__ import annotations

from collections.abc import Iterator

from cop_site.reports.cluster_report import ClusterReport
from cop_site.reports.cop_engagement import ClusterEngagement
from cop_site.reports.definitions import COP_ENGAGEMENT, DELIVERY
from cop_site.reports.delivery import ClusterDelivery
from cop_site.reports.fact_models import ListedSchool
from cop_site.web.tables import Cell

HEADER = (
    *("metric", "term", "scope", "as_at", "sessions_not_closed", "cluster_id", "cluster"),
    *("school_id", "urn", "school", "in_denominator", "engaged", "days_attended", "note"),
    *("minutes_delivered", "minutes_planned", "contact", "preparation", "travel"),
    *("school_weeks", "weeks_with_a_plan"),
)
OF_SCHOOL, OF_CLUSTER = 7, 7


def file_rows(report: ClusterReport) -> Iterator[list[Cell]]:
    """M5 is the rows in the denominator that say engaged. S1 is minutes, a row a cluster."""
    for cluster in report.engagement.clusters:
        yield from _of_schools(report, cluster)
    for given in report.delivery.clusters:
        yield _of_delivery(report, given)


def _of_schools(report: ClusterReport, cluster: ClusterEngagement) -> Iterator[list[Cell]]:
    start = _start(report, COP_ENGAGEMENT.id, cluster.sessions_not_closed, cluster)
    nothing: list[Cell] = [None] * OF_CLUSTER
    for one in cluster.schools:
        days = " ".join(sorted({visit.day.isoformat() for visit in one.visits}))
        through = ", ".join(one.counted_through)
        note = f"Counted because {through} came" if through else ""
        yield [*start, *_school(one.school), True, one.is_engaged, days, note, *nothing]
    for left in cluster.left_out:
        note = f"This school {left.why}"
        yield [*start, *_school(left.school), False, False, "", note, *nothing]
    for joiner in cluster.joiners:
        note = f"Joined on {joiner.joined_on.isoformat()}"
        yield [*start, *_school(joiner.school), False, False, "", note, *nothing]
    for guest in cluster.guests:
        days = " ".join(day.isoformat() for day in guest.days)
        yield [*start, guest.school_id, None, guest.name, False, False, days, "Guest", *nothing]


def _of_delivery(report: ClusterReport, one: ClusterDelivery) -> list[Cell]:
    given, planned = one.delivery.delivered, one.delivery.planned
    return [
        *_start(report, DELIVERY.id, None, one),
        *([None] * OF_SCHOOL),
        given.minutes,
        planned.minutes if planned.is_planned else None,
        *(given.contact, given.preparation, given.travel),
        *(planned.weeks, planned.planned_weeks),
    ]


def _start(
    report: ClusterReport,
    metric: str,
    not_closed: int | None,
    one: ClusterEngagement | ClusterDelivery,
) -> list[Cell]:
    term = report.basis.term
    scope = f"Schools in the cluster on {term.starts_on.isoformat()}" if term else ""
    name = term.name if term else ""
    return [metric, name, scope, report.basis.as_at, not_closed, one.cluster_id, one.name]


def _school(school: ListedSchool) -> list[Cell]:
    return [school.school_id, school.urn, school.name]
