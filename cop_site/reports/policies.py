"""Who may see which figures."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser

READERS = ("inclusion_lead", "ep", "asep")
OWN_CLUSTER_KINDS = frozenset({"ep", "asep", "cover"})


def can_see_engagement(user: ActingUser) -> bool:
    return user.has_role(*READERS)


def visible_clusters(user: ActingUser) -> dict[int, str] | None:
    """The clusters whose schools an EP or AsEP sees, id to name. None: all."""
    if user.is_lead:
        return None
    own = (held for held in user.assignments if held.kind_key in OWN_CLUSTER_KINDS)
    return {held.cluster_id: held.cluster_name for held in own}


def can_see_survey_figures(user: ActingUser) -> bool:
    """Named readers of a survey read its results on its own page."""
    return user.is_lead
