"""What waits for those who look after a school's people, and which schools have no SENCO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site.accounts import join_queries, school_people_policies, senco_check_queries
from cop_site.accounts.acting_models import ActingUser
from cop_site.schools.cluster_models import Cluster
from cop_site.web.panels import Panel


def _requests(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    own = school_people_policies.managed_schools(user)
    found = join_queries.list_to_answer(
        own.keys(),
        school_people_policies.stand_in_clusters(user),
        is_administrator=school_people_policies.is_administrator(user),
    )
    return {"rows": found, "own": own} if found else None


def _to_confirm(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    own = school_people_policies.managed_schools(user)
    rows = senco_check_queries.list_to_confirm(own.keys())
    return {"rows": rows} if rows else None


def _without_senco(_user: ActingUser, cluster: Cluster) -> Mapping[str, Any] | None:
    schools, total = senco_check_queries.list_without_senco(cluster.id, size=100)
    return {"schools": schools} if total else None


def _way_there(_user: ActingUser, _thing: object) -> Mapping[str, Any]:
    return {}


PANELS: tuple[Panel, ...] = (
    Panel(
        slot="todo",
        order=8,
        can_see=lambda user, _thing: school_people_policies.may_answer_requests(user),
        load=_requests,
        partial="school_people/partials/requests_to_answer.html",
    ),
    Panel(
        slot="todo",
        order=9,
        can_see=lambda user, _thing: school_people_policies.has_own_people(user),
        load=_to_confirm,
        partial="school_people/partials/sencos_to_confirm.html",
    ),
    Panel(
        slot="cluster",
        order=15,
        can_see=lambda user, cluster: school_people_policies.helps_schools_of(user, cluster.id),
        load=_without_senco,
        partial="school_people/partials/without_senco.html",
    ),
    Panel(
        slot="schools",
        order=10,
        can_see=lambda user, _thing: school_people_policies.can_see_without_senco(user),
        load=_way_there,
        partial="school_people/partials/without_senco_link.html",
    ),
)
