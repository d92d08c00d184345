"""Who sees and who keeps Team Around the School."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser


def can_see_contacts(user: ActingUser, school_id: int) -> bool:
    """Of their own school; of every school for service staff and those who keep them."""
    return can_see_all_contacts(user) or school_id in user.schools


def can_see_all_contacts(user: ActingUser) -> bool:
    return user.is_service_staff or can_keep_contacts(user)


def can_keep_contacts(user: ActingUser) -> bool:
    return user.has_role("inclusion_lead", "administrator")
