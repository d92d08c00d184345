"""Who may read the record of changes."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser


def can_read_changes(user: ActingUser) -> bool:
    return user.has_role("administrator")
