"""Who may take a register."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import ServiceRoleKind
from cop_site.events import policies as event_policies
from cop_site.events.models import Event, Facilitator

TAKES_ANY = frozenset({ServiceRoleKind.INCLUSION_LEAD, ServiceRoleKind.SUPPORT_OFFICER})


def _takes_any(user: ActingUser) -> bool:
    return not user.service_roles.isdisjoint(TAKES_ANY)


def _clusters(user: ActingUser) -> list[int]:
    """The clusters whose registers the person takes today."""
    return [held.cluster_id for held in user.assignments if held.takes_registers]


def can_take_register(
    user: ActingUser, event: Event, facilitator_person_ids: Collection[int]
) -> bool:
    """Its facilitators, the cluster's EP and AsEP, the support officer and the lead."""
    facilitates = event_policies.runs(user, facilitator_person_ids)
    return facilitates or _takes_any(user) or event.cluster_id in _clusters(user)


def can_merge(user: ActingUser) -> bool:
    """Say who somebody at the door was: it shows the names of a school's people."""
    return user.is_service_staff


def may_have_registers(user: ActingUser) -> bool:
    """Worth asking which registers wait for this person: staff, partners, a cluster's people."""
    return user.is_service_staff or bool(user.partner_services or _clusters(user))


def takes_register_of(user: ActingUser) -> sa.ColumnElement[bool]:
    """True for an Event whose registers the person may take: can_take_register, in SQL."""
    if _takes_any(user):
        return sa.true()
    in_cluster = Event.cluster_id.in_(_clusters(user))
    return sa.or_(in_cluster, _runs(user.person_id)) if user.has_any_role else in_cluster


def _runs(person_id: int) -> sa.ColumnElement[bool]:
    """Of the event alone: a query around may have the facilitators, too."""
    rows = sa.select(Facilitator.id).where(
        Facilitator.event_id == Event.id, Facilitator.person_id == person_id
    )
    return rows.correlate(Event).exists()
