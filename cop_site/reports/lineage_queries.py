"""Reads of a school with those that closed and became it: their history is its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.reports.fact_models import Link
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import DAY, holds_on
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus


@dataclass(frozen=True)
class Lineage:
    """``names`` of every school in it by id, itself too; ``cluster_ids`` are its own today."""

    school: School
    names: dict[int, str]
    links: tuple[Link, ...]
    cluster_ids: frozenset[int]

    @property
    def ids(self) -> list[int]:
        return sorted(self.names)

    @property
    def earlier(self) -> list[str]:
        """The names of those that became it."""
        return [name for id_, name in self.names.items() if id_ != self.school.id]


def get_lineage(school_id: int) -> Lineage:
    """In one statement. NotFoundError where there is no such school."""
    asked = {"school_id": school_id, "day": clock.today()}
    rows = db.session.execute(_lineage(), asked).all()
    schools = {row.School.id: row.School for row in rows}
    if school_id not in schools:
        raise NotFoundError("There is no such school.")
    links = {
        Link(row.School.id, row.successor_id, row.linked_on, row.opened_on, row.School.closed_on)
        for row in rows
        if row.successor_id in schools
    }
    return Lineage(
        school=schools[school_id],
        names={id_: _name(school) for id_, school in schools.items()},
        links=tuple(sorted(links, key=lambda one: (one.school_id, one.successor_id))),
        cluster_ids=frozenset(row.cluster_id for row in rows if row.cluster_id),
    )


def _name(school: School) -> str:
    """Names repeat when a school becomes an academy, so the number goes with it."""
    return f"{school.name} (URN {school.urn})" if school.urn else school.name


@cache
def _lineage() -> sa.Executable:
    """Each school with each of its successors and of its clusters today."""
    asked = sa.bindparam("school_id", type_=sa.Integer())
    family = sa.select(sa.cast(asked, sa.Integer).label("id")).cte("family", recursive=True)
    # UNION drops repeats, so that even a circle of links comes to an end.
    onward, before, after = aliased(SchoolLink), aliased(School), aliased(School)
    led_here = sa.and_(SchoolLink.successor_id == family.c.id, _is_successor(SchoolLink))
    # A school that another was split from goes on: what happens with it is its own.
    closed = sa.and_(before.id == SchoolLink.school_id, before.status == SchoolStatus.CLOSED)
    family = family.union(
        sa.select(SchoolLink.school_id).join(family, led_here).join(before, closed)
    )
    own = sa.and_(
        ClusterMembership.school_id == School.id,
        ClusterMembership.school_id == asked,
        holds_on(ClusterMembership, DAY),
    )
    return (
        sa.select(School, onward.successor_id, onward.linked_on, after.opened_on)
        .add_columns(ClusterMembership.cluster_id)
        .join(family, family.c.id == School.id)
        .outerjoin(onward, sa.and_(onward.school_id == School.id, _is_successor(onward)))
        .outerjoin(after, after.id == onward.successor_id)
        .outerjoin(ClusterMembership, own)
    )


def _is_successor(link: Any) -> sa.ColumnElement[bool]:
    return link.kind == SchoolLinkKind.SUCCESSOR  # type: ignore[no-any-return]
