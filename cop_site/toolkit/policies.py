"""Who may do what with resources."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from cop_site.accounts.acting_models import SERVICE_STAFF, ActingUser
from cop_site.toolkit.models import Resource, ResourceVersion

# Service staff. An administrator as such edits no resource.
EDITORS = tuple(sorted(role.value for role in SERVICE_STAFF))


def can_edit(user: ActingUser) -> bool:
    return user.is_service_staff


def counts(user: ActingUser) -> bool:
    """True for somebody whose downloads are a school's: not the service's, not a partner's."""
    return bool(user.school_roles) and not user.service_roles and not user.partner_services


def visible_to(user: ActingUser) -> sa.ColumnElement[bool]:
    """A resource that was never published exists only for editors."""
    return sa.true() if can_edit(user) else _was_published()


@cache
def _was_published() -> sa.ColumnElement[bool]:
    published = sa.select(ResourceVersion.id).where(
        ResourceVersion.resource_id == Resource.id, ResourceVersion.published_at.is_not(None)
    )
    return published.correlate(Resource).exists()
