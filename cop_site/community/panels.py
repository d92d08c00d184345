"""Notices on a cluster's page and on home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site.accounts.acting_models import ActingUser
from cop_site.community import policies, queries
from cop_site.schools.cluster_models import Cluster
from cop_site.web.panels import Panel


def _can_read(user: ActingUser, cluster: Cluster) -> bool:
    return bool(user.schools) or policies.reads_every_space(user, cluster.id)


def _notices(user: ActingUser, cluster: Cluster) -> Mapping[str, Any] | None:
    reads_all = policies.reads_every_space(user, cluster.id)
    notices = queries.list_notices(cluster.id, None if reads_all else user.schools.keys())
    can_post = policies.can_post(user, cluster.id)
    if not notices and not can_post:
        return None
    return {"cluster": cluster, "notices": notices, "can_post": can_post}


def _newest(user: ActingUser, _thing: None) -> Mapping[str, Any] | None:
    rows = queries.list_newest(user.chosen_schools.keys())
    return {"rows": rows} if rows else None


def _has_schools(user: ActingUser, _thing: None) -> bool:
    return bool(user.schools)


PANELS = (
    Panel("cluster", 20, _can_read, _notices, "community/partials/notices.html"),
    Panel("home_side", 35, _has_schools, _newest, "community/partials/newest_notices.html"),
)
