"""Who may do what about a pair of mentor and mentee."""

from __future__ import annotations

from collections.abc import Iterable

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind
from cop_site.people.mentoring_models import Mentorship
from cop_site.people.new_in_role_policies import can_pair_in
from cop_site.schools.cluster_models import Cluster


def may_have_pair(user: ActingUser) -> bool:
    """Only SENCOs mentor and are mentored."""
    return any(row.role is SchoolRoleKind.SENCO for row in user.school_roles)


def is_one_of(user: ActingUser, pair: Mentorship) -> bool:
    return user.person_id in (pair.mentor_id, pair.mentee_id)


def can_end(user: ActingUser, clusters: Iterable[Cluster]) -> bool:
    """Whoever may pair in one of the mentee's ``clusters``, and the lead."""
    return user.is_lead or any(can_pair_in(user, cluster.id) for cluster in clusters)


def can_count(user: ActingUser, pair: Mentorship, clusters: Iterable[Cluster]) -> bool:
    """The two themselves, and whoever may end it."""
    return is_one_of(user, pair) or can_end(user, clusters)
