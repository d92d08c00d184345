"""Who may see which figures."""

from __future__ import annotations

from collections.abc import Collection

from cop_site.accounts.acting_models import ActingUser
from cop_site.support import policies as support_policies

READERS = ("inclusion_lead", "ep", "asep")


def can_see_engagement(user: ActingUser) -> bool:
    return user.has_role(*READERS)


def visible_clusters(user: ActingUser) -> dict[int, str] | None:
    """The clusters whose schools an EP or AsEP sees, id to name. None: all."""
    return None if user.is_lead else user.supported_clusters


def can_see_timeline(user: ActingUser, school_id: int, cluster_ids: Collection[int]) -> bool:
    """Who reads what was agreed with the school: a timeline says of support that it was given.

    ``cluster_ids`` are the school's today.
    """
    clusters = visible_clusters(user)
    supports = clusters is None or not clusters.keys().isdisjoint(cluster_ids)
    return supports or school_id in support_policies.reads_for(user)


def may_see_some_timeline(user: ActingUser, school_id: int) -> bool:
    """Whether it is worth asking which clusters the school is in."""
    return can_see_timeline(user, school_id, visible_clusters(user) or ())


def can_see_survey_figures(user: ActingUser) -> bool:
    """Named readers of a survey read its results on its own page."""
    return user.is_lead
