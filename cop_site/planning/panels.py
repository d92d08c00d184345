"""The parts of home and of the settings that planning fills."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site.accounts.acting_models import ActingUser
from cop_site.events import policies as event_policies
from cop_site.events.models import Event, EventState
from cop_site.planning import queries
from cop_site.web.panels import Panel


def _to_look_over(user: ActingUser, _thing: Any) -> Mapping[str, Any] | None:
    drafts = queries.list_to_look_over(event_policies.visible_to(user))
    return {"drafts": drafts} if drafts else None


def _can_publish(user: ActingUser, _thing: Any) -> bool:
    return event_policies.can_publish_some(user)


def _own_drafts(user: ActingUser, _thing: Any) -> Mapping[str, Any]:
    return {"drafts": queries.list_own_drafts(user.user_id)}


def _is_partner(user: ActingUser, _thing: Any) -> bool:
    return bool(user.partner_services)


def _may_be_sent_back(user: ActingUser, event: Event) -> bool:
    """Sending back counts as an edit, so that a draft without one is not asked about."""
    is_edited = event.state is EventState.DRAFT and event.version > 1
    return is_edited and event_policies.can_edit(user, event)


def _sent_back(user: ActingUser, event: Event) -> Mapping[str, Any] | None:
    last = queries.find_sent_back(event.id)
    is_own = event.created_by_user_id == user.user_id
    return {"last": last, "event": event, "is_own": is_own} if last else None


def _can_manage_tags(user: ActingUser, _thing: Any) -> bool:
    return event_policies.can_manage_tags(user)


def _nothing(_user: ActingUser, _thing: Any) -> Mapping[str, Any]:
    return {}


PANELS = (
    Panel("todo", 35, _can_publish, _to_look_over, "planning/partials/to_look_over.html"),
    Panel("event", 50, _may_be_sent_back, _sent_back, "planning/partials/sent_back.html"),
    Panel("home", 19, _is_partner, _own_drafts, "planning/partials/own_drafts.html"),
    Panel("settings", 10, _can_manage_tags, _nothing, "planning/partials/tags_link.html"),
)
