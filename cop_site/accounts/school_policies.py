"""Who may see what of the people at a school."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser


def can_see_staff_addresses(user: ActingUser, school_id: int) -> bool:
    """Their own school's, and everyone's for service staff. Names and roles are for all."""
    return user.is_service_staff or school_id in user.schools
