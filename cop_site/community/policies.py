"""Who may write in a cluster's space, and who reads it."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser


def can_post(user: ActingUser, cluster_id: int) -> bool:
    """Post notices, and change or take down anybody's: the cluster's EP and AsEP, and the lead."""
    return user.is_lead or cluster_id in user.supported_clusters


def reads_every_space(user: ActingUser, cluster_id: int) -> bool:
    """True for those who read whatever their schools are: who supports the cluster, the lead."""
    return user.is_lead or any(held.cluster_id == cluster_id for held in user.assignments)
