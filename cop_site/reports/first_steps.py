"""What brings a new authority to life, in the order in which each stands on the one before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRole, SchoolRoleKind, ServiceRole, ServiceRoleKind
from cop_site.db import db
from cop_site.events.models import Event, EventState
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.models import Authority, School, Scope, Term

ADMINISTRATOR, LEAD = ServiceRoleKind.ADMINISTRATOR, ServiceRoleKind.INCLUSION_LEAD
TERMS_OF_A_YEAR = 3


@dataclass(frozen=True)
class Step:
    """Something to do once. ``whose`` is the role that can; ``endpoint`` is where."""

    words: str
    whose: ServiceRoleKind
    endpoint: str
    is_done: bool

    def is_for(self, user: ActingUser) -> bool:
        return self.whose in user.service_roles


def list_first_steps() -> list[Step]:
    """Every step and whether it is done, in one statement; [] once the last of them is."""
    done = db.session.execute(sa.select(*(check for *_step, check in _STEPS))).one()
    steps = [Step(*step[:3], bool(is_done)) for step, is_done in zip(_STEPS, done, strict=True)]
    return [] if all(step.is_done for step in steps) else steps


def _any(*conditions: Any) -> sa.ColumnElement[bool]:
    return sa.exists().where(*conditions)


_STEPS: tuple[tuple[str, ServiceRoleKind, str, sa.ColumnElement[bool]], ...] = (
    ("Take in the register of schools", ADMINISTRATOR, "register.index", _any(School.id > 0)),
    (
        "Enter the terms of this school year",
        ADMINISTRATOR,
        "terms.index",
        sa.select(sa.func.count(Term.id)).scalar_subquery() >= TERMS_OF_A_YEAR,
    ),
    (
        "Say who answers questions about data",
        ADMINISTRATOR,
        "authority.edit",
        _any(Authority.data_protection_email != ""),
    ),
    (
        "Invite the inclusion lead",
        ADMINISTRATOR,
        "people.invite",
        _any(ServiceRole.role == LEAD),
    ),
    (
        "Invite EPs, AsEPs and SENCOs, also from a list",
        ADMINISTRATOR,
        "people.invite_list",
        _any(SchoolRole.role == SchoolRoleKind.SENCO),
    ),
    (
        "Make clusters, and put schools and EPs in them",
        LEAD,
        "clusters.browse",
        _any(ClusterMembership.id > 0),
    ),
    ("Freeze the list of schools that rates are out of", LEAD, "scopes.new", _any(Scope.id > 0)),
    (
        "Publish the first event",
        LEAD,
        "planning.new",
        _any(Event.state == EventState.PUBLISHED),
    ),
)
