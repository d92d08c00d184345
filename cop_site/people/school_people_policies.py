"""Who manages the people of a school."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser
from cop_site.people.policies import can_manage_people
from cop_site.people.school_people_queries import MANAGERS


def can_manage_school_people(user: ActingUser, school_id: int, *, stands_in: bool = False) -> bool:
    """The school's own SENCO and office, and administrators.

    ``stands_in``: none of those has come in and is reached by mail, and the user is the EP, AsEP
    or cover of one of its clusters (``school_people_queries.find_managed_school``).
    """
    held = {row.role for row in user.school_roles if row.school_id == school_id}
    return not held.isdisjoint(MANAGERS) or stands_in or can_manage_people(user)


def managed_schools(user: ActingUser) -> dict[int, str]:
    """The schools whose people they manage by a role there, id to name."""
    held = (row for row in user.school_roles if row.role in MANAGERS)
    return {row.school_id: row.school_name for row in held}


def has_own_people(user: ActingUser) -> bool:
    return bool(managed_schools(user))


def may_answer_requests(user: ActingUser) -> bool:
    """Somebody for whom a request to join may wait: at their school, or where they stand in."""
    return has_own_people(user) or bool(user.supported_clusters) or can_manage_people(user)


def helps_schools_of(user: ActingUser, cluster_id: int) -> bool:
    """Its EP, AsEP or cover, and those who look after all of them."""
    return cluster_id in user.supported_clusters or can_see_without_senco(user, everywhere=True)


def can_see_without_senco(user: ActingUser, *, everywhere: bool = False) -> bool:
    """The list of schools with no SENCO recorded: service staff and administrators."""
    if everywhere:
        return user.is_lead or can_manage_people(user)
    return user.is_service_staff or can_manage_people(user)
