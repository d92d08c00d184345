"""Which roles there are to give, and which one somebody means."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import PartnerService, SchoolRoleKind, ServiceRoleKind, Standing
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.people import role_giving
from cop_site.people.role_giving import ChosenRole
from cop_site.schools.models import School
from cop_site.schools.naming_queries import list_beginning, match_schools
from cop_site.schools.open_queries import is_closed_on

MOST_NAMED = 4


def list_partners() -> list[PartnerService]:
    """Every partner service, by name."""
    query = sa.select(PartnerService).order_by(PartnerService.name, PartnerService.id)
    return list(db.session.scalars(query))


def list_role_choices(partners: Sequence[PartnerService]) -> list[tuple[str, str]]:
    """Every role there is as a value and the words of a choice."""
    return [
        *((f"school:{kind.value}", f"At a school: {kind.label}") for kind in SchoolRoleKind),
        *((f"service:{kind.value}", f"In the service: {kind.label}") for kind in ServiceRoleKind),
        *((f"partner:{row.id}", f"Of a partner: {row.name}") for row in partners),
    ]


def find_chosen(
    value: str, school: str, standing: Standing, partners: Sequence[PartnerService]
) -> ChosenRole:
    """The role that a choice and what was typed beside it mean.

    The beginning of a name will do where no school is called just that. Raises DomainError at
    "school" where it names no school, or more than one.
    """
    source, _, key = value.partition(":")
    if source == "service":
        return role_giving.service_role(ServiceRoleKind(key))
    if source == "partner":
        (row,) = (partner for partner in partners if str(partner.id) == key)
        return role_giving.partner_role(row.id, row.name)
    if not school:
        raise DomainError("Enter the school", field="school")
    found = pick_school(match_schools([school])[school] or list_beginning(school))
    kind = SchoolRoleKind(key)
    return role_giving.school_role(kind, found.id, found.name, standing)


def pick_school(matches: Sequence[School]) -> School:
    """The one school that is meant, open today or later. Raises DomainError otherwise."""
    today = clock.today()
    standing = [one for one in matches if not is_closed_on(one, today)]
    if len(standing) == 1:
        return standing[0]
    if standing:
        named = "; ".join(one.label for one in standing[:MOST_NAMED])
        raise DomainError(
            f"More than one school is called that: {named}. Give the URN.", field="school"
        )
    if matches:
        raise DomainError(f"{matches[0].label} is closed.", field="school")
    raise DomainError(
        "No school is called that. Check the spelling, or give the URN.", field="school"
    )
