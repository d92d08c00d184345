"""Who manages the people of a school."""

from __future__ import annotations

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind, ServiceRoleKind

MANAGERS = frozenset({SchoolRoleKind.SENCO, SchoolRoleKind.OFFICE})


def can_manage_school_people(user: ActingUser, school_id: int) -> bool:
    """The school's own SENCO and office, and administrators."""
    held = {row.role for row in user.school_roles if row.school_id == school_id}
    return not held.isdisjoint(MANAGERS) or ServiceRoleKind.ADMINISTRATOR in user.service_roles
