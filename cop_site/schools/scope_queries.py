"""Reads of scopes: the frozen ones, and which schools a rule would give."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School, Scope, ScopeSchool
from cop_site.schools.open_queries import open_on


class ScopeRule(TypedDict, total=False):
    """What picks a scope's schools. A missing or empty part lets every school through.

    ``left_out`` names, by id, schools that the rule gives and somebody took out by hand.
    """

    phases: list[str]
    types: list[str]
    clusters: list[int]
    left_out: list[int]


@dataclass(frozen=True)
class ResolvedSchool:
    """A school that a rule gives, with its exclusive cluster on the reference date."""

    school: School
    cluster_id: int | None
    cluster_name: str


@dataclass(frozen=True)
class RuleChoices:
    """What a rule can name; clusters as (id, name)."""

    phases: list[str]
    types: list[str]
    clusters: list[tuple[int, str]]


def resolve_scope(rule: ScopeRule, reference_on: date) -> list[ResolvedSchool]:
    """The schools open on ``reference_on`` that match ``rule``, by name.

    Clusters are those of that date; names, phases, types and trusts those that the register has
    now, as it dates no change of them. In one statement, and never from what was read
    before: so a list that is frozen needs no lock to be as before an import, or after it, whole.
    """
    one = sa.and_(
        ClusterMembership.school_id == School.id,
        ClusterMembership.exclusive,
        holds_on(ClusterMembership, reference_on),
    )
    rows = db.session.execute(
        sa.select(School, Cluster.id, Cluster.name)
        .outerjoin(ClusterMembership, one)
        .outerjoin(Cluster, Cluster.id == ClusterMembership.cluster_id)
        .where(open_on(reference_on), *_matching(rule, reference_on))
        .order_by(School.name, School.id)
        .execution_options(populate_existing=True)
    )
    left_out = set(rule.get("left_out", ()))
    return [
        ResolvedSchool(row[0], row[1], row[2] or "") for row in rows if row[0].id not in left_out
    ]


def _matching(rule: ScopeRule, day: date) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if rule.get("phases"):
        found.append(School.phase.in_(rule["phases"]))
    if rule.get("types"):
        found.append(School.type_name.in_(rule["types"]))
    if rule.get("clusters"):
        members = sa.select(ClusterMembership.school_id).where(
            ClusterMembership.cluster_id.in_(rule["clusters"]), holds_on(ClusterMembership, day)
        )
        found.append(School.id.in_(members))
    return found


def list_rule_choices() -> RuleChoices:
    """Every phase, type and cluster there is, in one statement."""
    none = sa.cast(sa.null(), sa.Integer).label("id")
    rows = db.session.execute(
        sa.union_all(
            sa.select(
                sa.literal("phase").label("kind"),
                none,
                sa.cast(School.phase, sa.Text).label("name"),
            ).distinct(),
            sa.select(sa.literal("type"), none, sa.cast(School.type_name, sa.Text)).distinct(),
            sa.select(sa.literal("cluster"), Cluster.id, sa.cast(Cluster.name, sa.Text)),
        ).order_by("name")
    ).all()
    return RuleChoices(
        phases=[row.name for row in rows if row.kind == "phase" and row.name],
        types=[row.name for row in rows if row.kind == "type" and row.name],
        clusters=[(row.id, row.name) for row in rows if row.kind == "cluster"],
    )


def list_scopes(term_id: int) -> list[Scope]:
    """Every version of every scope of a term, by name, the newest version first. No rows."""
    return list(
        db.session.scalars(
            sa.select(Scope)
            .where(Scope.term_id == term_id)
            .order_by(Scope.name, Scope.version.desc())
        )
    )


def default_first() -> tuple[sa.ColumnElement[Any], ...]:
    """The order of a term's frozen lists: the one that figures use by default comes first.

    That is the list whose name was frozen first in the term, whatever its name, in its newest
    version; then its older versions, then the other lists likewise. Capital letters make no
    other name.
    """
    name = sa.func.lower(Scope.name)
    named_first = sa.func.min(Scope.id).over(partition_by=(Scope.term_id, name))
    return named_first, Scope.version.desc()


def list_default_schools(term_id: int) -> set[int] | None:
    """Schools of the list that figures of a term use by default; None where none is frozen."""
    query = sa.select(Scope.id).where(Scope.term_id == term_id)
    scope_id = db.session.scalar(query.order_by(*default_first()).limit(1))
    if scope_id is None:
        return None
    listed = sa.select(ScopeSchool.school_id).where(ScopeSchool.scope_id == scope_id)
    return set(db.session.scalars(listed))


def get_scope(scope_id: int) -> Scope:
    """The scope with its term and its rows, or NotFoundError."""
    scope = db.session.scalar(
        sa.select(Scope)
        .where(Scope.id == scope_id)
        .options(joinedload(Scope.term), selectinload(Scope.rows))
    )
    if scope is None:
        raise NotFoundError("There is no such list of schools.")
    return scope


def find_newest_version(term_id: int, name: str) -> Scope | None:
    """The newest version under a name, capital letters or not."""
    return db.session.scalar(
        sa.select(Scope)
        .where(Scope.term_id == term_id, sa.func.lower(Scope.name) == name.lower())
        .order_by(Scope.version.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


def list_school_names(school_ids: Collection[int]) -> list[str]:
    """Names of schools by id, in order."""
    if not school_ids:
        return []
    query = sa.select(School.name).where(School.id.in_(school_ids))
    return list(db.session.scalars(query.order_by(School.name, School.id)))
