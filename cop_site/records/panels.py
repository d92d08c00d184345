"""What records add to my account and to an event's page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.attendance import policies as attendance_policies
from cop_site.events.models import Event, EventState
from cop_site.web.panels import Panel


def _can_issue(user: ActingUser, event: Event) -> bool:
    """Asks the database nothing: the page behind says whether a register is closed yet."""
    facilitators = [row.person_id for row in event.facilitators]
    has_begun = event.state is EventState.PUBLISHED and event.starts_at <= clock.now()
    return has_begun and attendance_policies.can_take_register(user, event, facilitators)


def _load_event(_user: ActingUser, event: Event) -> Mapping[str, Any]:
    return {"event": event}


PANELS = (
    Panel(
        slot="account",
        order=5,
        can_see=lambda _user, _thing: True,
        load=lambda _user, _thing: {},
        partial="records/partials/own_record.html",
    ),
    Panel(
        slot="event",
        order=11,
        can_see=_can_issue,
        load=_load_event,
        partial="records/partials/event_certificates.html",
    ),
)
