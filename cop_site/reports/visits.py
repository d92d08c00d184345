"""Which attendances count for a school. No database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cop_site.accounts.models import SchoolRoleKind
from cop_site.reports.fact_models import Attendee, CountedSession, Visit


def is_eligible(attendee: Attendee, session: CountedSession) -> bool:
    """Whether the school is represented: a role held there on the day of the session.

    A walk-in's named role stands until somebody says who it was, unless that person was in the
    service or with a partner that day. A governor needs the event's word.
    """
    roles = {held.role for held in attendee.held if held.holds(session.day)}
    if not roles and attendee.is_walk_in and not attendee.is_merged:
        serving = any(
            first <= session.day and (last is None or session.day <= last)
            for first, last in attendee.serves
        )
        roles = set() if serving else {attendee.role}
    return bool(roles if session.governors_count else roles - {SchoolRoleKind.GOVERNOR})


def find_visits(
    attendees: Iterable[Attendee], sessions: Mapping[int, CountedSession]
) -> dict[int, list[Visit]]:
    """Visits by school, one a session however many people came."""
    roles: dict[tuple[int, int], set[SchoolRoleKind]] = defaultdict(set)
    names = {}
    for attendee in attendees:
        session = sessions.get(attendee.session_id)
        if session and session.is_closed and is_eligible(attendee, session):
            roles[attendee.school_id, attendee.session_id].add(attendee.role)
            names[attendee.school_id] = attendee.school_name
    visits: dict[int, list[Visit]] = defaultdict(list)
    for (school_id, session_id), held in roles.items():
        day = sessions[session_id].day
        visits[school_id].append(
            Visit(school_id, names[school_id], day, session_id, frozenset(held))
        )
    return visits
