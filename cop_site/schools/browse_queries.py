"""Reads for looking schools up: by what is typed, and by filters."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.schools.cluster_models import Cluster, ClusterMembership
from cop_site.schools.cluster_queries import holds_on
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus

MOST_WORDS = 8
STATUSES = {
    "open": (SchoolStatus.OPEN, SchoolStatus.PROPOSED_TO_CLOSE),
    "opening": (SchoolStatus.PROPOSED_TO_OPEN,),
    "closed": (SchoolStatus.CLOSED,),
    "all": tuple(SchoolStatus),
}


@dataclass(frozen=True)
class SchoolFilter:
    """What a list of schools is narrowed to. ``status`` is a key of STATUSES."""

    search: str = ""
    phase: str = ""
    cluster_slug: str = ""
    status: str = "open"


@dataclass(frozen=True)
class FilterChoices:
    """Phases and clusters that schools have; clusters as (slug, name)."""

    phases: list[str]
    clusters: list[tuple[str, str]]


def list_filter_choices() -> FilterChoices:
    """Everything a list of schools can be narrowed to, in one statement."""
    kind: sa.ColumnElement[str] = sa.literal("phase").label("kind")
    phases = sa.select(
        kind, sa.cast(School.phase, sa.Text).label("key"), sa.cast(School.phase, sa.Text)
    )
    clusters = sa.select(
        sa.literal("cluster"), sa.cast(Cluster.slug, sa.Text), sa.cast(Cluster.name, sa.Text)
    )
    rows = db.session.execute(sa.union_all(phases.distinct(), clusters)).all()
    return FilterChoices(
        phases=sorted(key for kind, key, _ in rows if kind == "phase" and key),
        clusters=sorted(((key, name) for kind, key, name in rows if kind == "cluster"), key=_name),
    )


def _name(choice: tuple[str, str]) -> str:
    return choice[1].casefold()


def list_schools(
    narrowed: SchoolFilter, *, number: int = 1, size: int = 20
) -> tuple[list[School], int]:
    """One page of schools by name, and how many there are on all pages."""
    conditions = _conditions(narrowed)
    total = sa.select(sa.func.count(School.id)).where(*conditions).scalar_subquery()
    rows = db.session.execute(
        sa.select(School, total)
        .where(*conditions)
        .order_by(School.name, School.id)
        .limit(size)
        .offset((number - 1) * size)
    ).all()
    if rows:
        return [school for school, _ in rows], rows[0][1]
    # Past the last page; an empty first one means that there is none, so nothing to count again.
    return [], (db.session.scalar(sa.select(total)) or 0) if number > 1 else 0


def _conditions(narrowed: SchoolFilter) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if narrowed.status != "all":
        found.append(School.status.in_(STATUSES[narrowed.status]))
    if narrowed.phase:
        found.append(School.phase == narrowed.phase)
    if narrowed.cluster_slug:
        members = (
            sa.select(ClusterMembership.school_id)
            .join(Cluster, Cluster.id == ClusterMembership.cluster_id)
            .where(
                Cluster.slug == narrowed.cluster_slug, holds_on(ClusterMembership, clock.today())
            )
        )
        found.append(School.id.in_(members))
    if narrowed.search:
        found.append(matches(narrowed.search))
    return found


def matches(search: str) -> sa.ColumnElement[bool]:
    """Each word somewhere in the name, town or postcode; or a postcode, a URN or a local code."""
    words = search.replace("'", "").replace("’", "").split()[:MOST_WORDS]
    compact = "".join(search.split())
    ways = [
        sa.and_(sa.true(), *(_holds(word) for word in words)),
        sa.func.lower(School.local_code) == compact.lower(),
    ]
    if any(letter.isdigit() for letter in compact):
        # A postcode, with its space elsewhere or none.
        ways.append(_holds(compact))
    if compact.isascii() and compact.isdigit() and len(compact) <= 9:
        ways.append(School.urn == int(compact))
    return sa.or_(*ways)


def _holds(word: str) -> sa.ColumnElement[bool]:
    """The database lowers the word as it lowered the text: SQLite knows only plain letters."""
    escaped = "".join(f"/{letter}" if letter in "%_/" else letter for letter in word)
    return School.searched.like("%" + sa.func.lower(escaped) + "%", escape="/")


def list_links(school_id: int) -> tuple[list[School], list[School]]:
    """The schools this one came from, and those it became."""
    rows = db.session.execute(
        sa.select(School, SchoolLink.school_id)
        .join(SchoolLink, School.id.in_((SchoolLink.school_id, SchoolLink.successor_id)))
        .where(
            SchoolLink.kind != SchoolLinkKind.OTHER,
            sa.or_(SchoolLink.school_id == school_id, SchoolLink.successor_id == school_id),
            School.id != school_id,
        )
        .order_by(School.name, School.id)
    )
    before: dict[int, School] = {}
    after: dict[int, School] = {}
    for school, from_id in rows:
        (after if from_id == school_id else before)[school.id] = school
    return list(before.values()), list(after.values())
