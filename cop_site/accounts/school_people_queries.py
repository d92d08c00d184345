"""Reads of who holds which role at a school."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind
from cop_site.db import db
from cop_site.schools.cluster_queries import holds_on


@dataclass(frozen=True)
class SchoolPerson:
    """A person with a role at a school today; ``email`` None where they have none."""

    school_id: int
    name: str
    email: str | None
    role: SchoolRoleKind


def list_school_people(
    school_ids: Collection[int], roles: Collection[SchoolRoleKind] = tuple(SchoolRoleKind)
) -> list[SchoolPerson]:
    """Who holds these roles (any unless told) at these schools today: SENCOs first, then by name.

    A person merged into another is left out: the other's own roles stand.
    """
    rows = db.session.execute(
        sa.select(SchoolRole.school_id, Person.name, Person.email, SchoolRole.role)
        .join(Person, Person.id == SchoolRole.person_id)
        .where(
            SchoolRole.school_id.in_(school_ids),
            SchoolRole.role.in_(roles),
            Person.merged_into_id.is_(None),
            holds_on(SchoolRole, clock.today()),
        )
        .order_by(Person.name, Person.id)
    )
    order = list(SchoolRoleKind)
    return sorted((SchoolPerson(*row) for row in rows), key=lambda one: order.index(one.role))
