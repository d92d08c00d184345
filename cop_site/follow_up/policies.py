"""Who may look after what follows a session."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser
from cop_site.attendance import policies as attendance_policies
from cop_site.events import policies as event_policies
from cop_site.events.models import Event, EventState


def can_follow_up(user: ActingUser, event: Event) -> bool:
    """See who came, and add materials: who runs it, takes its register or looks after it.

    Of a draft nobody but who looks after it. Needs facilitators loaded.
    """
    if event_policies.can_edit(user, event):
        return True
    running = [row.person_id for row in event.facilitators]
    takes = attendance_policies.can_take_register(user, event, running)
    return takes and event.state is not EventState.DRAFT


def can_invite(user: ActingUser, event: Event) -> bool:
    """Write to people about an event: it shows names and roles at every school."""
    return event_policies.can_publish(user, event)
