"""Who may know of an event, and who looks after it."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import sqlalchemy as sa

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind
from cop_site.events.models import Event, EventState


def can_manage_events(user: ActingUser) -> bool:
    """Service staff create events of every kind; an administrator as such does not."""
    return user.is_service_staff


def can_manage_tags(user: ActingUser) -> bool:
    """What events may be said to be about is one list for the whole service."""
    return user.is_lead or ServiceRoleKind.ADMINISTRATOR in user.service_roles


def manages_cluster(user: ActingUser, cluster_id: int | None) -> bool:
    """A partnership manager looks after their own group's events."""
    return cluster_id in managed_clusters(user)


def can_make_for(user: ActingUser, cluster_id: int | None) -> bool:
    """Service staff for everyone; a manager only for their own group."""
    return can_manage_events(user) or manages_cluster(user, cluster_id)


def can_publish(user: ActingUser, event: Event) -> bool:
    """Also at a time. A partner's draft is published by the service."""
    return can_make_for(user, event.cluster_id)


def runs(user: ActingUser, facilitator_person_ids: Collection[int]) -> bool:
    """Whoever runs an event does so while they hold a role, whichever."""
    return user.has_any_role and user.person_id in facilitator_person_ids


def can_see_link(user: ActingUser, event: Event) -> bool:
    """The link to join, at any time: who looks after it or runs it. Needs facilitators loaded."""
    return can_edit(user, event) or runs(user, [row.person_id for row in event.facilitators])


def can_read_needs(user: ActingUser, event: Event) -> bool:
    """Who runs it, and who made it while they may. Needs facilitators loaded."""
    runs_it = runs(user, [row.person_id for row in event.facilitators])
    return runs_it or (event.created_by_user_id == user.user_id and can_edit(user, event))


def can_say_who_runs(user: ActingUser, event: Event, running: frozenset[int]) -> bool:
    """Who runs it reads what people need: nobody lets themselves in. ``running``: those who do."""
    made_it = event.created_by_user_id == user.user_id
    return made_it or user.is_lead or user.person_id in running


def can_edit(user: ActingUser, event: Event) -> bool:
    return can_publish(user, event) or _is_own_draft(user, event)


def _is_own_draft(user: ActingUser, event: Event) -> bool:
    """A partner looks after what they drafted until it is published."""
    is_own = event.created_by_user_id == user.user_id and event.published_at is None
    return bool(user.partner_services) and is_own


def can_write_for(user: ActingUser, cluster_id: int | None, event: Event | None = None) -> bool:
    """As ``can_make_for``; a draft of their own, or a new one, a partner may write for everyone."""
    drafts = bool(user.partner_services) and (event is None or _is_own_draft(user, event))
    return can_make_for(user, cluster_id) or drafts


def can_publish_some(user: ActingUser) -> bool:
    return can_manage_events(user) or bool(managed_clusters(user))


def can_create(user: ActingUser) -> bool:
    """Whoever may publish, and partners, whose events stay drafts until the service does."""
    return can_publish_some(user) or bool(user.partner_services)


def visible_to(user: ActingUser) -> sa.ColumnElement[bool]:
    """Drafts exist only for those who make events, a partner's also for that partner."""
    if can_manage_events(user):
        return sa.true()
    managed = managed_clusters(user)
    more: list[sa.ColumnElement[bool]] = [Event.cluster_id.in_(managed)] if managed else []
    if user.partner_services:
        own = Event.created_by_user_id == user.user_id
        more.append(sa.and_(own, Event.published_at.is_(None)))
    return sa.or_(_published(), *more) if more else _published()


def managed_clusters(user: ActingUser) -> list[int]:
    """The groups whose events a partnership manager looks after."""
    return [held.cluster_id for held in user.assignments if held.kind_key == "manager"]


@cache
def _published() -> sa.ColumnElement[bool]:
    """A draft that was called off was never there for anybody else."""
    return sa.and_(Event.state != EventState.DRAFT, Event.published_at.is_not(None))


def only_cluster(user: ActingUser) -> str:
    """The one cluster somebody has a part in, as a form writes it; "" for none or several."""
    held = {str(part.cluster_id) for part in user.assignments}
    return held.pop() if len(held) == 1 else ""


def choosable(user: ActingUser, clusters: list[tuple[int, str]]) -> list[tuple[int, str]]:
    """The clusters that this person may write an event for."""
    if can_manage_events(user) or user.partner_services:
        return clusters
    return [(id_, name) for id_, name in clusters if manages_cluster(user, id_)]
