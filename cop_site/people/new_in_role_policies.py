"""Who is new as a SENCO, and who looks after those who are."""

from __future__ import annotations

from datetime import date

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind
from cop_site.people.new_in_role_queries import year_before


def may_be_new(user: ActingUser, today: date) -> bool:
    """True where every SENCO role held today began less than a year ago.

    Somebody who was a SENCO elsewhere before is not new; only the database knows that.
    """
    held = [row.starts_on for row in user.school_roles if row.role is SchoolRoleKind.SENCO]
    return bool(held) and min(held) > year_before(today)


def can_pair_in(user: ActingUser, cluster_id: int) -> bool:
    """The cluster's EP, AsEP and cover, and the inclusion lead."""
    return user.is_lead or cluster_id in user.supported_clusters
