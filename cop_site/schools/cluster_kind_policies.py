"""Who may say which kinds of cluster there are."""

from __future__ import annotations

from cop_site.schools.register_policies import Acting


def can_manage_kinds(user: Acting) -> bool:
    return user.has_role("administrator")
