"""Who may start surveys and read what came of them. An administrator as such does neither."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.accounts.acting_models import ActingUser
from cop_site.events import policies as event_policies
from cop_site.events.models import Event
from cop_site.surveys.models import Survey, SurveyReader


def can_lead_surveys(user: ActingUser) -> bool:
    """Start a school wave, see how many answered, and name who reads results."""
    return user.is_lead


def can_ask_about(user: ActingUser, event: Event) -> bool:
    """Service staff who may edit an event ask about it."""
    return user.is_service_staff and event_policies.can_edit(user, event)


def readable_by(user: ActingUser) -> sa.ColumnElement[bool]:
    """True for a Survey whose results the person may read, once it is closed.

    A named reader who has left the service reads no more, an administrator's rights or not.
    """
    if user.is_lead:
        return sa.true()
    if not (user.is_service_staff or user.partner_services):
        return sa.false()
    return sa.exists().where(
        SurveyReader.survey_id == Survey.id, SurveyReader.person_id == user.person_id
    )


def has_surveys(user: ActingUser) -> bool:
    """Everybody but an administrator alone may be asked, or be named as a reader."""
    return bool(user.school_roles or user.is_service_staff or user.partner_services)
