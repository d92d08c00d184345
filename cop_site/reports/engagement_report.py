"""What the engagement page, its lists, its file and the panel on home all show of M1 and M4."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from cop_site.events.models import EventKind
from cop_site.reports.attendee_queries import list_attendees
from cop_site.reports.basis import Ask, Basis, Moment, load_basis
from cop_site.reports.engagement import Engagement, Facts, measure
from cop_site.reports.fact_models import Visit
from cop_site.reports.readings import Readings, read
from cop_site.reports.school_results import SchoolResult
from cop_site.reports.session_queries import list_network_sessions
from cop_site.reports.term_queries import FrozenScope, TermWithScopes
from cop_site.reports.visits import find_visits


@dataclass(frozen=True)
class Report:
    """M1 and M4 of one term and scope. ``figures`` is None where no scope is frozen."""

    basis: Basis
    figures: Engagement | None = None
    before: Engagement | None = None

    @property
    def term(self) -> TermWithScopes | None:
        return self.basis.term

    @property
    def scope(self) -> FrozenScope | None:
        return self.basis.scope

    @property
    def as_at(self) -> date:
        return self.basis.as_at

    @property
    def is_running(self) -> bool:
        return self.basis.is_running

    @property
    def still_to_come(self) -> str:
        return self.basis.still_to_come

    @property
    def evidence(self) -> str:
        """What stands beside M1's figure: k of n, last term's, and the change in points."""
        if self.figures is None:
            return ""
        rate, so_far = self.figures.rate, " so far" if self.is_running else ""
        too_few = "Too few schools for a percentage"
        sentences = [f"{rate.of}{so_far}" if rate.has_percent or so_far else too_few]
        if so_far and not rate.has_percent:
            sentences.append(too_few)
        if self.before is not None and self.before.rate.n:
            whole = " in the whole term" if self.is_running else ""
            sentences += [
                f"Last term {self.before.rate.of}{whole}",
                rate.change_since(self.before.rate),
            ]
        sentences.append(self.basis.no_comparison)
        return " ".join(f"{sentence}." for sentence in sentences if sentence)


def load_report(ask: Ask | None = None, moment: Moment | None = None) -> Report:
    """M1 and M4 of a term and scope, in five statements whatever the size.

    Last term's figures come with them where it has a scope of the same name.
    """
    basis = load_basis(ask, moment)
    if basis.term is None or basis.scope is None:
        return Report(basis)
    return measure_network(basis, read(basis, EventKind.SENCO_NETWORK))


def measure_network(basis: Basis, readings: Readings) -> Report:
    """M1 and M4 of the term and the one before it from one reading of the facts."""
    if basis.term is None or basis.scope is None:
        return Report(basis)
    figures = _measure(basis, readings, basis.term, basis.scope)
    before = None
    if basis.earlier and basis.earlier_scope:
        before = _measure(basis, readings, basis.earlier, basis.earlier_scope)
    return Report(basis, figures, before if before and before.sessions_held else None)


def _measure(
    basis: Basis, readings: Readings, term: TermWithScopes, scope: FrozenScope
) -> Engagement:
    listed = readings.listed[scope.id]
    facts = Facts(listed, basis.sessions, readings.attendees, readings.links)
    figures = measure(facts, term.period, as_at=basis.as_at, now=basis.now)
    return figures if basis.cluster_ids is None else figures.only(basis.cluster_ids)


def find_last_visits(
    report: Report, schools: Collection[SchoolResult[Visit]]
) -> Mapping[int, date]:
    """The latest day each of these schools ever came to the network, by school id."""
    ids = [one.school.school_id for one in schools]
    if not ids:
        return {}
    counted = {one.session_id: one for one in list_network_sessions(report.as_at)}
    attendees = list_attendees(list(counted), school_ids=ids)
    visits = find_visits(attendees, counted)
    return {school_id: max(visit.day for visit in came) for school_id, came in visits.items()}
