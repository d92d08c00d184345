"""Reads of the schools on frozen lists, and of what became of them."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.db import db
from cop_site.people.senco_check_queries import has_senco
from cop_site.reports.fact_models import Link, ListedSchool
from cop_site.schools.cluster_queries import DAY
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, ScopeSchool
from cop_site.schools.term_models import Period


def list_listed_schools(scope_ids: Collection[int]) -> dict[int, tuple[ListedSchool, ...]]:
    """The schools of each scope as frozen, with the day each closed as the register has it now."""
    found: dict[int, list[ListedSchool]] = {scope_id: [] for scope_id in scope_ids}
    asked = {"scope_ids": list(scope_ids), "day": clock.today()}
    for scope_id, *school in db.session.execute(_listed(), asked):
        found[scope_id].append(ListedSchool(*school))
    return {scope_id: tuple(schools) for scope_id, schools in found.items()}


@cache
def _listed() -> sa.Executable:
    """In the order of ListedSchool's fields."""
    frozen = ScopeSchool
    return (
        sa.select(
            *(frozen.scope_id, frozen.school_id, frozen.name, frozen.urn, frozen.phase),
            *(frozen.type_name, frozen.trust_name, frozen.cluster_id, frozen.cluster_name),
            School.closed_on,
            has_senco(DAY),
        )
        .join(School, School.id == frozen.school_id)
        .where(frozen.scope_id.in_(sa.bindparam("scope_ids", expanding=True)))
    )


def list_links(periods: Collection[Period]) -> list[Link]:
    """Conversions and amalgamations that may fall in one of the periods."""
    first = min(period.starts_on for period in periods) - clock.ONE_DAY
    return [Link(*row) for row in db.session.execute(_links(), {"first": first})]


@cache
def _links() -> sa.Executable:
    before, after = aliased(School), aliased(School)
    first = sa.bindparam("first", type_=sa.Date())
    days = (SchoolLink.linked_on, after.opened_on, before.closed_on)
    return (
        sa.select(SchoolLink.school_id, SchoolLink.successor_id, *days, after.name)
        .join(before, before.id == SchoolLink.school_id)
        .join(after, after.id == SchoolLink.successor_id)
        .where(SchoolLink.kind != SchoolLinkKind.OTHER, sa.or_(*(day >= first for day in days)))
        .order_by(SchoolLink.id)
    )
