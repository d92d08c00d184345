"""Parts of gathering pages about new SENCOs and their mentors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site import clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.people import (
    mentoring_policies,
    mentoring_queries,
    new_in_role_policies,
    new_in_role_queries,
)
from cop_site.schools.cluster_models import Cluster
from cop_site.web.panels import Panel


def _own_pairs(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    pairs = mentoring_queries.list_own_pairs(user.person_id)
    return {"pairs": pairs, "today": clock.today()} if pairs else None


def _new_of_clusters(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    sencos = new_in_role_queries.list_new_sencos(user.supported_clusters)
    return {"sencos": sencos, "with_cluster": True} if sencos else None


def _new_of_cluster(_user: ActingUser, cluster: Cluster) -> Mapping[str, Any] | None:
    sencos = new_in_role_queries.list_new_sencos([cluster.id])
    return {"sencos": sencos, "with_cluster": False} if sencos else None


PANELS: tuple[Panel, ...] = (
    Panel(
        slot="home",
        order=28,
        can_see=lambda user, _thing: mentoring_policies.may_have_pair(user),
        load=_own_pairs,
        partial="mentoring/partials/own_pairs.html",
    ),
    Panel(
        slot="home",
        order=29,
        can_see=lambda user, _thing: bool(user.supported_clusters),
        load=_new_of_clusters,
        partial="mentoring/partials/new_sencos.html",
    ),
    Panel(
        slot="cluster",
        order=40,
        can_see=lambda user, cluster: new_in_role_policies.can_pair_in(user, cluster.id),
        load=_new_of_cluster,
        partial="mentoring/partials/new_sencos.html",
    ),
)
