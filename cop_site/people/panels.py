"""Who works at a school, what waits for those who look after them, and where no SENCO is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site.accounts import school_policies
from cop_site.accounts.acting_models import ActingUser
from cop_site.people import (
    join_queries,
    policies,
    queries,
    school_people_policies,
    school_people_queries,
    senco_check_queries,
)
from cop_site.schools import cluster_queries
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.web.panels import Panel


def _requests(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    own = school_people_policies.managed_schools(user)
    found = join_queries.list_to_answer(
        own.keys(),
        user.supported_clusters,
        is_administrator=policies.can_manage_people(user),
    )
    return {"rows": found, "own": own} if found else None


def _to_confirm(user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    own = school_people_policies.managed_schools(user)
    rows = senco_check_queries.list_to_confirm(own.keys())
    return {"rows": rows} if rows else None


def _all_requests(_user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    count = join_queries.count_waiting()
    return {"count": count} if count else None


def _run_out(_user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    count = queries.count_people(RUN_OUT)
    return {"count": count} if count else None


def _bounced(_user: ActingUser, _thing: object) -> Mapping[str, Any] | None:
    count = queries.count_people(BOUNCED)
    return {"count": count} if count else None


def _without_senco(_user: ActingUser, cluster: Cluster) -> Mapping[str, Any] | None:
    schools, total = senco_check_queries.list_without_senco(cluster.id, size=100)
    return {"schools": schools} if total else None


def _people_of(user: ActingUser, school: School) -> Mapping[str, Any]:
    """Who works there, with the addresses this person may see."""
    people = school_people_queries.list_school_people([school.id])
    is_kept = any(one.looks_after for one in people)
    own = user.supported_clusters
    clusters = cluster_queries.clusters_of([school.id])[school.id] if own and not is_kept else []
    stands_in = any(cluster.id in own for cluster in clusters)
    manages = school_people_policies.can_manage_school_people(user, school.id, stands_in=stands_in)
    return {
        "people": people,
        "school": school,
        "manages": manages,
        "sees_doubts": manages or user.is_service_staff,
        "with_addresses": school_policies.can_see_staff_addresses(user, school.id),
    }


def _way_there(_user: ActingUser, _thing: object) -> Mapping[str, Any]:
    return {}


BOUNCED = queries.PeopleFilter(state="bounced")
RUN_OUT = queries.PeopleFilter(state="run_out")
PANELS: tuple[Panel, ...] = (
    Panel(
        slot="school",
        order=20,
        can_see=lambda _user, _school: True,
        load=_people_of,
        partial="people/partials/school_people.html",
    ),
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
        slot="todo",
        order=94,
        can_see=lambda user, _thing: policies.can_manage_people(user),
        load=_all_requests,
        partial="school_people/partials/all_requests.html",
    ),
    Panel(
        slot="todo",
        order=95,
        can_see=lambda user, _thing: policies.can_manage_people(user),
        load=_run_out,
        partial="people/partials/invitations_run_out.html",
    ),
    Panel(
        slot="todo",
        order=93,
        can_see=lambda user, _thing: policies.can_manage_people(user),
        load=_bounced,
        partial="people/partials/mail_comes_back.html",
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
