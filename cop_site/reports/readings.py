"""What is read once for all the figures of a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cop_site.events.models import EventKind
from cop_site.reports.attendee_queries import list_attendees
from cop_site.reports.basis import Basis
from cop_site.reports.fact_models import Attendee, Link, ListedSchool
from cop_site.reports.listed_queries import list_links, list_listed_schools


@dataclass(frozen=True)
class Readings:
    """``listed``: the schools of each list of the basis, by its id."""

    listed: Mapping[int, tuple[ListedSchool, ...]]
    attendees: tuple[Attendee, ...]
    links: tuple[Link, ...]

    @property
    def cluster_names(self) -> dict[int, str]:
        """The clusters of the listed schools, by name."""
        schools = [school for listed in self.listed.values() for school in listed]
        found = {one.cluster_id: one.cluster_name for one in schools if one.cluster_id}
        return dict(sorted(found.items(), key=lambda pair: pair[1].casefold()))


def read(basis: Basis, *kinds: EventKind) -> Readings:
    """The listed schools, links, and who came to sessions of these kinds.

    Three statements; one less where no list is frozen, and one where no kind is named.
    """
    held = [one.session_id for one in basis.sessions if one.kind in kinds]
    return Readings(
        list_listed_schools(basis.scope_ids) if basis.scope_ids else {},
        tuple(list_attendees(held, known_at=basis.moment.known_at)) if kinds else (),
        tuple(list_links(basis.periods)),
    )
