"""Which kinds of mail somebody may get at all, and so is asked about."""

from __future__ import annotations

from cop_site.accounts.account_models import Topic
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind

# Whom a notice of their cluster is mailed to.
NOTICE_ROLES = (SchoolRoleKind.SENCO,)


def offered_to(user: ActingUser) -> tuple[Topic, ...]:
    """Surveys and invitations go to people at schools; notices to their SENCOs."""
    if not user.school_roles:
        return ()
    is_told = any(held.role in NOTICE_ROLES for held in user.school_roles)
    notices = (Topic.NOTICES,) if is_told else ()
    return (Topic.SURVEYS, *notices, Topic.INVITATIONS)
