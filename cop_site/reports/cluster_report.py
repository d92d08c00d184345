"""M5 and S1 of a term, for the page of clusters, the overview and the file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from cop_site.events.models import EventKind
from cop_site.reports.attendee_queries import list_attendees
from cop_site.reports.basis import Ask, Basis, Moment, load_basis
from cop_site.reports.cluster_name_queries import list_cluster_names
from cop_site.reports.cop_engagement import CopEngagement, CopFacts, measure_clusters
from cop_site.reports.delivery import Deliveries, measure_delivery
from cop_site.reports.fact_models import Attendee, Link, Member
from cop_site.reports.listed_queries import list_links
from cop_site.reports.member_queries import list_members
from cop_site.schools.school_days import list_school_weeks
from cop_site.support.delivery_queries import list_delivered, list_plans
from cop_site.support.models import SupportPlan


@dataclass(frozen=True)
class ClusterReport:
    """M5 with last term's, and S1. ``names``: every cluster there is to choose, by id."""

    basis: Basis
    names: Mapping[int, str]
    engagement: CopEngagement
    delivery: Deliveries
    before: CopEngagement | None = None

    @property
    def title(self) -> str:
        return f"cluster figures {self.basis.term.name if self.basis.term else ''}"


def load_clusters(ask: Ask | None = None, moment: Moment | None = None) -> ClusterReport | None:
    """M5 and S1 in eight statements, whatever the size. None where there is no term."""
    basis = load_basis(ask, moment)
    if basis.term is None:
        return None
    held = [one.session_id for one in basis.sessions if one.kind is EventKind.COP_MEETING]
    attendees = tuple(list_attendees(held, known_at=basis.moment.known_at))
    links, members = tuple(list_links(basis.periods)), tuple(list_members(basis.periods))
    names = list_cluster_names()
    figures = measure_cops(basis, members, attendees, links)
    return ClusterReport(
        basis,
        _choose(names, members),
        figures[0],
        read_delivery(basis, names),
        figures[1] if len(figures) > 1 else None,
    )


def measure_cops(
    basis: Basis,
    members: tuple[Member, ...],
    attendees: tuple[Attendee, ...],
    links: tuple[Link, ...],
) -> list[CopEngagement]:
    """M5 of the term, then of the one before where a meeting was held in it."""
    facts = CopFacts(members, basis.sessions, attendees, links)
    figures = [
        measure_clusters(facts, period, as_at=basis.as_at, now=basis.now).only(basis.cluster_ids)
        for period in basis.periods
    ]
    return figures[:1] + [one for one in figures[1:] if one.meetings_held]


def read_delivery(basis: Basis, names: Mapping[int, str]) -> Deliveries:
    """S1 to date of the term, in two statements. Clusters of no plan and no entry are left out."""
    if basis.term is None:
        return Deliveries(())
    delivered = list_delivered(*basis.days_so_far)
    plans: dict[int, list[SupportPlan]] = defaultdict(list)
    for plan in list_plans(since=basis.term.starts_on):
        plans[plan.cluster_id].append(plan)
    told = {one: names.get(one, "") for one in (*names, *delivered, *plans)}
    weeks = list_school_weeks(basis.term, basis.as_at)
    figures = measure_delivery(told, delivered, plans, weeks).only(basis.cluster_ids)
    return Deliveries(
        tuple(
            one
            for one in figures.clusters
            if one.delivery.planned.is_planned or one.delivery.delivered.entries
        )
    )


def _choose(names: Mapping[int, str], members: tuple[Member, ...]) -> dict[int, str]:
    told = {one.cluster_id for one in members}
    return {one: name for one, name in names.items() if one in told}
