"""Parts of gathering pages that people and assignments fill."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site import clock
from cop_site.accounts import (
    assignment_queries,
    erasure_queries,
    queries,
    register_queries,
    role_queries,
)
from cop_site.accounts.acting_models import ActingUser
from cop_site.schools import cluster_queries, upload_queries
from cop_site.schools import policies as school_policies
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import Scope
from cop_site.schools.queries import find_authority
from cop_site.web.panels import Panel


def _own_clusters(user: ActingUser, _thing: object) -> Mapping[str, Any]:
    own = assignment_queries.list_own_clusters(user.chosen_schools.keys())
    return {
        "clusters": [one for one in own if one.joins_on is None],
        "ahead": [one for one in own if one.joins_on is not None],
    }


def _supported_clusters(user: ActingUser, _thing: object) -> Mapping[str, Any]:
    held = {row.cluster_id: row for row in user.assignments}
    covers = any(row.kind_key == "cover" for row in user.assignments)
    return {
        "assignments": held.values(),
        "lines": {line.cluster.id: line for line in cluster_queries.list_clusters()},
        "covering": assignment_queries.find_covering(user.person_id) if covers else {},
    }


def _covers_in(user: ActingUser, cluster: Cluster) -> bool:
    return any((row.cluster_id, row.kind_key) == (cluster.id, "cover") for row in user.assignments)


def _covering(user: ActingUser, cluster: Cluster) -> Mapping[str, Any] | None:
    found = assignment_queries.find_covering(user.person_id).get(cluster.id)
    return {"found": found} if found else None


def _frozen_by(_user: ActingUser, scope: Scope) -> Mapping[str, Any] | None:
    name = queries.find_user_name(scope.frozen_by_user_id)
    return {"name": name} if name else None


def _erasures(_user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    requests = erasure_queries.list_open()
    return {"requests": requests} if requests else None


def _notice_draft(_user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    authority = find_authority()
    return {} if authority and not authority.notice_confirmed else None


def _register_waits(_user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    uploads = upload_queries.list_uploads()
    return {"uploads": uploads} if uploads else None


def _has_no_role(user: ActingUser, _thing: object) -> bool:
    return not user.roles


def _roles_ahead(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    """Somebody invited for next month must not be told that nothing waits for them."""
    roles = role_queries.list_roles([user.person_id], clock.today())
    return {"roles": roles} if roles else None


def _taken_in(_user: ActingUser, _thing: object) -> Mapping[str, Any]:
    return {"imports": register_queries.list_imports()}


PANELS: tuple[Panel, ...] = (
    Panel(
        slot="todo",
        order=5,
        can_see=lambda user, _thing: user.has_role("administrator"),
        load=_erasures,
        partial="accounts/partials/erasures_to_see_to.html",
    ),
    Panel(
        slot="todo",
        order=92,
        can_see=lambda user, _thing: school_policies.can_import(user),
        load=_register_waits,
        partial="accounts/partials/register_waits.html",
    ),
    Panel(
        slot="todo",
        order=96,
        can_see=lambda user, _thing: user.has_role("administrator"),
        load=_notice_draft,
        partial="accounts/partials/notice_draft.html",
    ),
    Panel(
        slot="todo",
        order=1,
        can_see=_has_no_role,
        load=_roles_ahead,
        partial="accounts/partials/roles_ahead.html",
    ),
    Panel(
        slot="home_side",
        order=39,
        can_see=lambda user, _thing: bool(user.school_roles),
        load=lambda _user, _thing: {},
        partial="accounts/partials/own_schools.html",
    ),
    Panel(
        slot="home_side",
        order=40,
        can_see=lambda user, _thing: bool(user.school_roles),
        load=_own_clusters,
        partial="accounts/partials/own_clusters.html",
    ),
    Panel(
        slot="home_side",
        order=41,
        can_see=lambda user, _thing: bool(user.assignments),
        load=_supported_clusters,
        partial="accounts/partials/supported_clusters.html",
    ),
    Panel(
        slot="cluster",
        order=1,
        can_see=_covers_in,
        load=_covering,
        partial="accounts/partials/covering.html",
    ),
    Panel(
        slot="register_history",
        order=10,
        can_see=lambda _user, _thing: True,
        load=_taken_in,
        partial="accounts/partials/register_history.html",
    ),
    Panel(
        slot="scope",
        order=10,
        can_see=lambda _user, _thing: True,
        load=_frozen_by,
        partial="accounts/partials/frozen_by.html",
    ),
)
