"""Who may do what with clusters."""

from __future__ import annotations

from collections.abc import Collection

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.assignment_queries import CONTACT_KINDS, Supporter


def can_manage_clusters(user: ActingUser) -> bool:
    """Create clusters, move schools between them, assign people to them."""
    return user.is_lead


def can_arrange_cover(user: ActingUser) -> bool:
    """Say who stands in for an EP or AsEP, and for how long."""
    return user.has_role("inclusion_lead", "administrator")


def can_see_address(user: ActingUser, supporter: Supporter, school_ids: Collection[int]) -> bool:
    """Own cluster's EP, AsEP and who stands in for them; everyone's for service staff.

    ``school_ids``: the cluster's.
    """
    is_own = not user.schools.keys().isdisjoint(school_ids)
    return user.is_service_staff or (is_own and supporter.kind_key in CONTACT_KINDS)
