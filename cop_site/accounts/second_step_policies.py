"""Who must have a second step."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind

DEMANDED_OF = frozenset({ServiceRoleKind.ADMINISTRATOR, ServiceRoleKind.INCLUSION_LEAD})


def must_have(user: ActingUser) -> bool:
    """Administrators and the inclusion lead. Others may."""
    return not user.service_roles.isdisjoint(DEMANDED_OF)
