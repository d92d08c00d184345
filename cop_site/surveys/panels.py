"""What surveys add to home and to an event's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site.accounts.acting_models import ActingUser
from cop_site.events.models import Event, EventState
from cop_site.surveys import answer_queries, policies
from cop_site.web.panels import Panel


def _load_own(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    rows = answer_queries.list_open_invitations(user.person_id)
    return {"rows": rows} if rows else None


def _load_of_event(_user: ActingUser, event: Event) -> Mapping[str, Any]:
    """A way there, no more: an event's page has no statement to spare."""
    return {"event": event}


PANELS = (
    Panel(
        slot="todo",
        order=20,
        can_see=lambda user, _thing: policies.has_surveys(user),
        load=_load_own,
        partial="surveys/partials/own_surveys.html",
    ),
    Panel(
        slot="event",
        order=30,
        can_see=lambda user, event: (
            event.state is EventState.PUBLISHED and policies.can_ask_about(user, event)
        ),
        load=_load_of_event,
        partial="surveys/partials/event_confidence.html",
    ),
)
