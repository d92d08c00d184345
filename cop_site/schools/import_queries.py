"""Reads for the register import. Plain rows, not objects: there can be fifty thousand."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from cop_site.db import db
from cop_site.schools.models import School
from cop_site.schools.register_file import EVERY_LA, FIELDS


def list_known(la_code: str, urns: Collection[int]) -> Sequence[sa.Row[Any]]:
    """Schools with a URN of one authority (or of all), and any other that has one of ``urns``.

    Each row ends with FIELDS in their order.
    The latter are schools that a change of boundaries moved here from another authority.
    """
    columns = [getattr(School, name) for name in FIELDS]
    query = sa.select(School.id, School.imported_at, *columns).where(School.urn.is_not(None))
    if la_code != EVERY_LA:
        query = query.where(sa.or_(School.la_code == la_code, School.urn.in_(urns)))
    return db.session.execute(query).all()


def map_urns(urns: Collection[int]) -> dict[int, int]:
    """The ids of the schools with these URNs, by URN."""
    found = db.session.execute(sa.select(School.urn, School.id).where(School.urn.in_(urns)))
    return {urn: school_id for urn, school_id in found if urn is not None}
