"""Who may look after what follows a session."""

from __future__ import annotations

import sqlalchemy as sa

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


def followed_up_by(user: ActingUser) -> sa.ColumnElement[bool]:
    """True for an Event, no draft, of which the person sees who came: can_follow_up, in SQL."""
    if event_policies.can_manage_events(user):
        return Event.state != EventState.DRAFT
    managed = Event.cluster_id.in_(event_policies.managed_clusters(user))
    looks_after = sa.or_(managed, attendance_policies.takes_register_of(user))
    return sa.and_(Event.state != EventState.DRAFT, looks_after)


def clusters_to_invite(user: ActingUser) -> list[int] | None:
    """The clusters whose schools' lists somebody may write to; None for every school."""
    if event_policies.can_manage_events(user):
        return None
    return event_policies.managed_clusters(user)
