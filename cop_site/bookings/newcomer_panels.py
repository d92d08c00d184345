"""What home offers to newcomers: a first event to book, and an induction to new SENCOs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import ahead_queries, induction_queries, policies
from cop_site.people import new_in_role_policies
from cop_site.web import welcome
from cop_site.web.panels import Panel


def _is_first_visit(user: ActingUser, _thing: Any) -> bool:
    return policies.can_book(user) and welcome.is_first_visit()


def _first_event(user: ActingUser, _thing: Any) -> Mapping[str, Any]:
    events = ahead_queries.list_next_unbooked(user.person_id, user.chosen_schools.keys())
    return {"event": events[0] if events else None}


def _may_be_new(user: ActingUser, _thing: Any) -> bool:
    return new_in_role_policies.may_be_new(user, clock.today())


def _next_induction(user: ActingUser, _thing: Any) -> Mapping[str, Any] | None:
    event = induction_queries.find_next_induction(user.person_id, user.schools.keys())
    return {"event": event} if event else None


PANELS = (
    Panel("todo", 0, _is_first_visit, _first_event, "bookings/partials/first_event.html"),
    Panel("home", 22, _may_be_new, _next_induction, "bookings/partials/next_induction.html"),
)
