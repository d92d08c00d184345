"""Who may enter terms."""

from __future__ import annotations

from cop_site.schools.register_policies import Acting


def can_manage_terms(user: Acting) -> bool:
    return user.has_role("administrator")
