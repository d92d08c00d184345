"""Who may say how long things are kept, and what the authority says of itself."""

from __future__ import annotations

from cop_site.schools.register_policies import Acting


def can_manage_authority(user: Acting) -> bool:
    return user.has_role("administrator")
