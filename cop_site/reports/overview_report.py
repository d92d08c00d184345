"""The figures of every group together, for the overview."""

from __future__ import annotations

from dataclasses import dataclass

from cop_site.events.models import EventKind
from cop_site.reports.basis import Ask, load_basis
from cop_site.reports.cluster_report import measure_cops, read_delivery
from cop_site.reports.cop_engagement import CopEngagement
from cop_site.reports.delivery import Deliveries
from cop_site.reports.engagement_report import Report, measure_network
from cop_site.reports.member_queries import list_members
from cop_site.reports.readings import Readings, read
from cop_site.reports.register_completeness import RegisterCompleteness
from cop_site.reports.register_report import measure_completeness
from cop_site.reports.survey_report import SurveyReport, read_surveys
from cop_site.reports.toolkit_reach import ToolkitReach
from cop_site.reports.toolkit_report import read_reach


@dataclass(frozen=True)
class Overview:
    """M1 and M4 whole; of the other figures what a card says. ``surveys`` for the lead alone."""

    report: Report
    readings: Readings | None = None
    cops: CopEngagement | None = None
    cops_before: CopEngagement | None = None
    delivery: Deliveries | None = None
    registers: RegisterCompleteness | None = None
    reach: ToolkitReach | None = None
    surveys: SurveyReport | None = None


def load_overview(ask: Ask, *, with_surveys: bool) -> Overview:
    """In at most 13 statements, whatever the size: four of them for surveys."""
    basis = load_basis(ask)
    if basis.term is None:
        return Overview(Report(basis))
    readings = read(basis, EventKind.SENCO_NETWORK, EventKind.COP_MEETING)
    members = tuple(list_members(basis.periods))
    cops = measure_cops(basis, members, readings.attendees, readings.links)
    return Overview(
        report=measure_network(basis, readings),
        readings=readings,
        cops=cops[0],
        cops_before=cops[1] if len(cops) > 1 else None,
        delivery=read_delivery(basis, {}),
        registers=measure_completeness(basis, basis.term.period),
        reach=read_reach(basis, readings),
        surveys=read_surveys(basis) if with_surveys else None,
    )
