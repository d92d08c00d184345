"""What follows a session, on the event's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.events import policies as event_policies
from cop_site.events.models import Event, EventState
from cop_site.follow_up import material_queries, policies
from cop_site.web.panels import Panel


def _materials(user: ActingUser, event: Event) -> Mapping[str, Any] | None:
    can_add = policies.can_follow_up(user, event)
    found = material_queries.read_lines(event.material_lines)
    listed = found if can_add else [one for one in found if one.is_there]
    if not listed and not can_add:
        return None
    is_published = event.state is EventState.PUBLISHED
    return {
        "event": event,
        "materials": listed,
        "can_add": can_add,
        "was_held": is_published and event.starts_at <= clock.now(),
        # Who looks after the event has that among what they can do with it.
        "links_turnout": is_published and not event_policies.can_edit(user, event),
    }


PANELS = (
    Panel(
        slot="event",
        order=5,
        can_see=lambda _user, event: event.state is not EventState.CANCELLED,
        load=_materials,
        partial="follow_up/partials/event_materials.html",
    ),
)
