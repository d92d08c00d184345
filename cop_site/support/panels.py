"""Parts of gathering pages that support fills. Each loads in one statement, or is left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.support import action_queries, policies, queries
from cop_site.support.action_queries import ActionList
from cop_site.support.models import Action
from cop_site.support.shown_actions import show_actions
from cop_site.web.panels import Panel


def _to_countersign(user: ActingUser, _thing: None) -> Mapping[str, Any] | None:
    rows = queries.list_to_countersign(
        policies.overseen_clusters(user), user.user_id, user.person_id
    )
    return {"rows": rows} if rows else None


def _unfinished(user: ActingUser, _thing: None) -> Mapping[str, Any] | None:
    rows = queries.list_unfinished(user.user_id, user.person_id)
    return {"rows": rows} if rows else None


def _shown(
    user: ActingUser,
    found: ActionList,
    title: str,
    name: str,
    back: str,
    level: int = 3,
    **narrowed: object,
) -> Mapping[str, Any] | None:
    """On home it stands under a heading of the page's own, so its title is of level 3.
    ``narrowed`` leads to the whole list where not all are shown."""
    context = {
        "rows": show_actions(user, found.rows),
        "total": found.total,
        "narrowed": narrowed,
        "panel_title": title,
        "panel_id": name,
        "back": back,
        "level": level,
    }
    return context if found.rows else None


def _own_due(user: ActingUser, _thing: None) -> Mapping[str, Any] | None:
    found = action_queries.list_own_due(user.person_id)
    return _shown(user, found, "Your actions", "own-actions", "/", mine=1)


def _of_schools(user: ActingUser, _thing: None) -> Mapping[str, Any] | None:
    found = action_queries.list_open_of_schools(policies.reads_first(user))
    return _shown(user, found, "Agreed actions", "school-actions", "/")


def _of_cluster(user: ActingUser, cluster: Cluster) -> Mapping[str, Any] | None:
    narrowed = None if policies.keeps_log_of(user, cluster.id) else policies.reads_for(user)
    found = action_queries.list_open_of_cluster(cluster.id, narrowed)
    title = "Open actions" if narrowed is None else "Open actions with your school"
    back = f"/clusters/{cluster.slug}"
    return _shown(user, found, title, "cluster-actions", back, level=2, cluster=cluster.id)


def _of_school(user: ActingUser, school: School) -> Mapping[str, Any] | None:
    """What this person may know: their own clusters' log, or their school's own part of it."""
    is_own = school.id in policies.reads_for(user)
    seen = sa.true() if user.is_lead or is_own else Action.cluster_id.in_(user.supported_clusters)
    visible = policies.open_to_schools([school.id]) if is_own else policies.visible_to(user)
    log = action_queries.find_school_log(school.id, visible, seen)
    if log.last_contact_on is None and not log.actions:
        return None
    days = (clock.today() - log.last_contact_on).days if log.last_contact_on else None
    return {
        "log": log,
        "days": days,
        "rows": show_actions(user, log.actions),
        "total": log.total,
        "narrowed": {"school": school.id},
        "back": f"/schools/{school.id}",
    }


ACTIONS = "support/partials/open_actions.html"
PANELS = (
    Panel(
        slot="todo",
        order=12,
        can_see=lambda user, _thing: bool(policies.overseen_clusters(user)),
        load=_to_countersign,
        partial="support/partials/to_countersign.html",
    ),
    Panel(
        slot="todo",
        order=13,
        can_see=lambda user, _thing: policies.keeps_log(user),
        load=_unfinished,
        partial="support/partials/unfinished.html",
    ),
    Panel(
        slot="todo",
        order=14,
        can_see=lambda user, _thing: bool(user.supported_clusters),
        load=_own_due,
        partial=ACTIONS,
    ),
    Panel(
        slot="todo",
        order=15,
        can_see=lambda user, _thing: policies.reads_agreements(user),
        load=_of_schools,
        partial=ACTIONS,
    ),
    Panel(
        slot="cluster",
        order=30,
        can_see=policies.sees_cluster_actions,
        load=_of_cluster,
        partial=ACTIONS,
    ),
    Panel(
        slot="school",
        order=30,
        can_see=policies.sees_school_log,
        load=_of_school,
        partial="support/partials/school_log.html",
    ),
)
