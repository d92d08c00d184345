"""Parts of gathering pages that bookings fill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import ahead_queries, need_queries, policies, queries
from cop_site.schools.cluster_models import Cluster
from cop_site.web.panels import Panel


def _next_sessions(user: ActingUser, _thing: Any) -> Mapping[str, Any]:
    return {"bookings": queries.list_next_events(user.person_id)}


def _next_unbooked(user: ActingUser, _thing: Any) -> Mapping[str, Any] | None:
    events = ahead_queries.list_next_unbooked(user.person_id, user.chosen_schools.keys())
    return {"events": events} if events else None


def _next_meeting(user: ActingUser, cluster: Cluster) -> Mapping[str, Any]:
    return {
        "meeting": ahead_queries.find_next_meeting(cluster.id, user.person_id),
        "can_book": policies.can_book(user),
    }


def _ahead_of_closing(_user: ActingUser, plan: Any) -> Mapping[str, Any] | None:
    """Closing schools whose people still hold bookings: somebody has to tell them."""
    closing = getattr(plan, "closing", None)
    if not closing:
        return None
    ahead = ahead_queries.list_bookings_ahead(closing)
    return {"closing": closing, "ahead": ahead} if ahead else None


def _remembered_needs(user: ActingUser, _thing: Any) -> Mapping[str, Any] | None:
    needs = need_queries.find_remembered(user.person_id)
    return {"needs": needs} if needs else None


def _can_book(user: ActingUser, _thing: Any) -> bool:
    return policies.can_book(user)


def _everyone(_user: ActingUser, _thing: Any) -> bool:
    return True


PANELS = (
    Panel("account", 10, _everyone, _remembered_needs, "bookings/partials/remembered_needs.html"),
    Panel("home", 20, _can_book, _next_sessions, "bookings/partials/next_sessions.html"),
    Panel("home", 21, _can_book, _next_unbooked, "bookings/partials/next_unbooked.html"),
    Panel(
        "register_plan", 10, _everyone, _ahead_of_closing, "bookings/partials/register_ahead.html"
    ),
    Panel("cluster", 10, _everyone, _next_meeting, "bookings/partials/next_meeting.html"),
)
