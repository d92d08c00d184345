"""Reads of the schools on frozen lists, and of what became of them."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site.db import db
from cop_site.reports.fact_models import ONE_DAY, Link, ListedSchool
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, ScopeSchool
from cop_site.schools.term_models import Period


def list_listed_schools(scope_ids: Collection[int]) -> dict[int, tuple[ListedSchool, ...]]:
    """The schools of each scope as frozen, with the day each closed as the register has it now."""
    rows = db.session.execute(
        sa.select(ScopeSchool, School.closed_on)
        .join(School, School.id == ScopeSchool.school_id)
        .where(ScopeSchool.scope_id.in_(scope_ids))
    )
    found: dict[int, list[ListedSchool]] = {scope_id: [] for scope_id in scope_ids}
    for row, closed_on in rows:
        found[row.scope_id].append(
            ListedSchool(
                school_id=row.school_id,
                name=row.name,
                urn=row.urn,
                phase=row.phase,
                type_name=row.type_name,
                trust_name=row.trust_name,
                cluster_id=row.cluster_id,
                cluster_name=row.cluster_name,
                closed_on=closed_on,
            )
        )
    return {scope_id: tuple(schools) for scope_id, schools in found.items()}


def list_links(periods: Collection[Period]) -> list[Link]:
    """Conversions and amalgamations that may fall in one of the periods."""
    before, after = aliased(School), aliased(School)
    first = min(period.starts_on for period in periods) - ONE_DAY
    days = (SchoolLink.linked_on, after.opened_on, before.closed_on)
    rows = db.session.execute(
        sa.select(SchoolLink.school_id, SchoolLink.successor_id, *days, after.name)
        .join(before, before.id == SchoolLink.school_id)
        .join(after, after.id == SchoolLink.successor_id)
        .where(SchoolLink.kind != SchoolLinkKind.OTHER, sa.or_(*(day >= first for day in days)))
        .order_by(SchoolLink.id)
    )
    return [Link(*row) for row in rows]
