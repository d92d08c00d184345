"""Who manages people: everybody's, not only a school's own."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind


def can_manage_people(user: ActingUser) -> bool:
    return ServiceRoleKind.ADMINISTRATOR in user.service_roles
