"""Parts of gathering pages that the toolkit fills."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.schools.cluster_models import Cluster
from cop_site.toolkit import panel_queries, policies, queries
from cop_site.web.panels import Panel

SOON = timedelta(days=30)


def _used_here(user: ActingUser, cluster: Cluster) -> Mapping[str, Any] | None:
    """For its own people, whoever supports it and the lead."""
    is_any = user.is_lead or any(held.cluster_id == cluster.id for held in user.assignments)
    own = None if is_any else user.schools.keys()
    resources = panel_queries.list_used_by_cluster(cluster.id, own_schools=own)
    return {"resources": resources} if resources else None


def _may_know(user: ActingUser, cluster: Cluster) -> bool:
    is_supporter = any(held.cluster_id == cluster.id for held in user.assignments)
    return user.is_lead or is_supporter or bool(user.school_roles)


def _to_review(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    today = clock.today()
    due = queries.list_due_for_review(user.person_id, today + SOON)
    return {"due": due, "today": today} if due else None


def _edits(user: ActingUser, _thing: object) -> bool:
    return policies.can_edit(user)


PANELS = (
    Panel("cluster", 30, _may_know, _used_here, "toolkit/partials/used_resources.html"),
    Panel("home", 30, _edits, _to_review, "toolkit/partials/resources_to_review.html"),
)
