"""M7 and M9 of a term, for their page, the overview and the file."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from cop_site.reports.basis import Ask, Basis, Moment, load_basis
from cop_site.reports.bookings_kept import BookedPlace, BookingsKept, measure_bookings
from cop_site.reports.cop_engagement import Whereabouts
from cop_site.reports.fact_models import CountedSession
from cop_site.reports.listed_queries import list_links
from cop_site.reports.member_queries import list_members
from cop_site.reports.place_queries import list_places, list_said
from cop_site.reports.register_completeness import RegisterCompleteness, measure_registers
from cop_site.reports.same_schools import find_same_schools
from cop_site.schools.term_models import Period


@dataclass(frozen=True)
class RegisterReport:
    """M7 and M9. ``names``: every cluster there is to choose, by id."""

    basis: Basis
    names: Mapping[int, str]
    bookings: BookingsKept
    registers: RegisterCompleteness

    @property
    def title(self) -> str:
        return f"registers and bookings {self.basis.term.name if self.basis.term else ''}"


def load_registers(ask: Ask | None = None, moment: Moment | None = None) -> RegisterReport | None:
    """M7 and M9 in six statements, whatever the size. None where there is no term.

    Marks and bookings are today's: they are not read as known at an earlier moment.
    """
    basis = load_basis(ask, moment)
    if basis.term is None:
        return None
    period = basis.term.period
    told = tuple(one for one in basis.sessions if period.holds(one.day))
    ids = [one.session_id for one in told]
    places, marks = list_places(ids), list_said(ids)
    members = list_members([period])
    if basis.cluster_ids is not None:
        whereabouts = Whereabouts(members, find_same_schools(list_links([period]), period))
        places = narrow(places, told, whereabouts, basis.cluster_ids)
        held = {one.session_id for one in places}
        told = tuple(one for one in told if one.session_id in held)
    names = {one.cluster_id: one.school.cluster_name for one in members}
    return RegisterReport(
        basis,
        dict(sorted(names.items(), key=lambda pair: pair[1].casefold())),
        measure_bookings(told, places, marks, period, as_at=basis.as_at, now=basis.now),
        measure_completeness(basis, period),
    )


def narrow(
    places: Iterable[BookedPlace],
    sessions: Iterable[CountedSession],
    whereabouts: Whereabouts,
    cluster_ids: Collection[int],
) -> list[BookedPlace]:
    """Bookings that name a school that was in one of the clusters on the day of the session."""
    days = {one.session_id: one.day for one in sessions}
    return [
        place
        for place in places
        if any(
            not whereabouts.on(school_id, days[place.session_id]).isdisjoint(cluster_ids)
            for school_id in place.school_ids
        )
    ]


def measure_completeness(basis: Basis, period: Period) -> RegisterCompleteness:
    """M9 of the sessions already read; of some clusters, those of their own events."""
    chosen = basis.cluster_ids
    told = [one for one in basis.sessions if chosen is None or one.cluster_id in chosen]
    return measure_registers(told, period, as_at=basis.as_at, now=basis.now)
