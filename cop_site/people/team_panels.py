"""Team Around the School on the pages of a school, a cluster, and on home."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cop_site.accounts import assignment_queries, cluster_policies
from cop_site.accounts.acting_models import ActingUser
from cop_site.people import team_policies, team_queries
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.models import School
from cop_site.web.panels import Panel


def _of_school(user: ActingUser, school: School) -> Mapping[str, Any]:
    """Who supports its clusters, for everybody, and the partners for those they are there for."""
    sees_contacts = team_policies.can_see_contacts(user, school.id)
    can_keep = team_policies.can_keep_contacts(user)
    return {
        "school": school,
        "supporters": [
            (row.cluster, person, cluster_policies.can_see_address(user, person, [school.id]))
            for row in assignment_queries.list_own_clusters([school.id])
            for person in row.people
        ],
        "lines": (
            team_queries.list_school_team(school.id, and_later=can_keep) if sees_contacts else []
        ),
        "sees_gaps": team_policies.can_see_all_contacts(user),
        "can_keep": can_keep,
    }


def _way_there(user: ActingUser, _thing: object) -> Mapping[str, Any]:
    return {"schools": user.chosen_schools}


def _of_cluster(_user: ActingUser, cluster: Cluster) -> Mapping[str, Any]:
    return {"cluster": cluster}


PANELS: tuple[Panel, ...] = (
    Panel(
        slot="school",
        order=25,
        can_see=lambda _user, _school: True,
        load=_of_school,
        partial="people/partials/team_around.html",
    ),
    Panel(
        slot="home_side",
        order=42,
        can_see=lambda user, _thing: bool(user.school_roles),
        load=_way_there,
        partial="people/partials/team_link.html",
    ),
    Panel(
        slot="cluster_side",
        order=10,
        can_see=lambda user, _cluster: team_policies.can_see_all_contacts(user),
        load=_of_cluster,
        partial="people/partials/cluster_team_link.html",
    ),
)
