"""Reads of many resources: a page of them, and how many each facet's value would give.

Three statements, whatever the number of resources and however they are narrowed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.db import db
from cop_site.toolkit import word_queries
from cop_site.toolkit.models import (
    Accessibility,
    Facet,
    FacetValue,
    Resource,
    ResourceFile,
    ResourceVersion,
    VersionFacet,
    VersionState,
)
from cop_site.toolkit.word_queries import Match

PUBLISHED, DRAFTS, REVIEW, WITHDRAWN = "published", "drafts", "review", "withdrawn"
# What an editor can look at, by the word in the address.
SHOWN = {
    PUBLISHED: "Published",
    DRAFTS: "Drafts",
    REVIEW: "Past review date",
    WITHDRAWN: "Withdrawn",
}
TODAY: Any = sa.bindparam("today", type_=sa.Date())


@dataclass(frozen=True)
class ResourceFilter:
    """What a list is narrowed to: words, values of facets, and for editors which state."""

    words: str = ""
    chosen: Mapping[Facet, tuple[str, ...]] = field(default_factory=dict)
    shown: str = PUBLISHED


@dataclass(frozen=True)
class ResourceRow:
    """What a list shows of a version."""

    id: int
    slug: str
    title: str
    summary: str
    number: int
    state: VersionState
    published_at: datetime | None
    accessibility: Accessibility | None
    review_on: date
    file_count: int
    areas: tuple[str, ...]


class FacetCount(NamedTuple):
    """A value of a facet, and how many resources it would give with all else as it is."""

    key: str
    name: str
    total: int


class Overview(NamedTuple):
    """Every facet with its counts, how many match in all, and how many there are of each state."""

    facets: dict[Facet, list[FacetCount]]
    found: int
    states: dict[str, int]


def list_resources(narrowed: ResourceFilter, *, page: int, size: int) -> list[ResourceRow]:
    """One page of resources, in two statements: best match first, or by title without words."""
    match = word_queries.build_match(narrowed.words)
    asked = _values(narrowed, match) | {"size": size, "skip": (page - 1) * size}
    found: Sequence[Any] = db.session.execute(_page(_shape(narrowed, match)), asked).all()
    areas = _list_areas([row.id for row in found]) if found else {}
    return [ResourceRow(**row._mapping, areas=tuple(areas.get(row.id, ()))) for row in found]


def count_facets(narrowed: ResourceFilter) -> Overview:
    """Counts of every facet's values and of the list, in one statement.

    A value's count takes in the words and the other facets, not its own: choosing two areas of
    need finds what is in either.
    """
    match = word_queries.build_match(narrowed.words)
    rows = db.session.execute(_overview(_shape(narrowed, match)), _values(narrowed, match)).all()
    facets: dict[Facet, list[FacetCount]] = {facet: [] for facet in Facet}
    for row in rows:
        facets[row.facet].append(FacetCount(row.key, row.name, row.total))
    states = {name: getattr(rows[0], name) if rows else 0 for name in SHOWN}
    return Overview(facets, rows[0].found if rows else 0, states)


class _Shape(NamedTuple):
    """What of a filter changes the statement; the values themselves are filled in."""

    sqlite: bool
    has_words: bool
    facets: tuple[Facet, ...]
    shown: str


def _shape(narrowed: ResourceFilter, match: Match) -> _Shape:
    facets = tuple(facet for facet in Facet if narrowed.chosen.get(facet))
    return _Shape(word_queries.is_sqlite(), bool(match.match), facets, narrowed.shown)


def _values(narrowed: ResourceFilter, match: Match) -> dict[str, Any]:
    keys = {facet.value: list(keys) for facet, keys in narrowed.chosen.items() if keys}
    return {**match._asdict(), "today": clock.today(), **keys}


def _state(shown: str, version: Any) -> sa.ColumnElement[bool]:
    """The versions of one of SHOWN. ``version`` is joined with its resource."""
    if shown == DRAFTS:
        return sa.and_(version.state == VersionState.DRAFT)
    if shown == WITHDRAWN:
        later = aliased(ResourceVersion)
        newer = sa.select(later.id).where(
            later.resource_id == version.resource_id,
            later.state != VersionState.DRAFT,
            later.number > version.number,
        )
        return sa.and_(version.state == VersionState.WITHDRAWN, ~newer.exists())
    published = version.state == VersionState.PUBLISHED
    if shown == REVIEW:
        return sa.and_(published, Resource.review_on < TODAY)
    return sa.and_(published)


def _has_facet(facet: Facet, version_id: Any) -> sa.ColumnElement[bool]:
    keys: Any = sa.bindparam(facet.value, expanding=True)
    having = sa.select(VersionFacet.version_id).where(VersionFacet.facet_key.in_(keys))
    return sa.and_(version_id.in_(having))


def _matching(shape: _Shape) -> sa.Select[Any]:
    """The versions that the words find in the chosen state, before any facet."""
    query = sa.select(ResourceVersion.id).join(Resource, Resource.id == ResourceVersion.resource_id)
    if shape.has_words:
        found = word_queries.ranked(shape.sqlite)
        query = query.join(found, found.c.id == ResourceVersion.id)
    return query.where(_state(shape.shown, ResourceVersion))


@lru_cache(maxsize=128)
def _page(shape: _Shape) -> sa.Executable:
    version = ResourceVersion
    files = sa.select(sa.func.count()).where(ResourceFile.version_id == version.id)
    order: list[Any] = [version.title, version.id]
    if shape.has_words:
        order.insert(0, word_queries.ranked(shape.sqlite).c.rank)
    return (
        _matching(shape)
        .add_columns(
            *(Resource.slug, version.title, version.summary, version.number, version.state),
            *(version.published_at, version.accessibility, Resource.review_on),
            files.correlate(version).scalar_subquery().label("file_count"),
        )
        .where(*(_has_facet(facet, version.id) for facet in shape.facets))
        .order_by(*order)
        .limit(sa.bindparam("size", type_=sa.Integer()))
        .offset(sa.bindparam("skip", type_=sa.Integer()))
    )


def _list_areas(version_ids: Collection[int]) -> dict[int, list[str]]:
    """The names of each version's areas of need, in their order."""
    found: dict[int, list[str]] = {}
    for row in db.session.execute(_areas(), {"version_ids": list(version_ids)}):
        found.setdefault(row.version_id, []).append(row.name)
    return found


@cache
def _areas() -> sa.Executable:
    return (
        sa.select(VersionFacet.version_id, FacetValue.name)
        .join(FacetValue, FacetValue.key == VersionFacet.facet_key)
        .where(
            FacetValue.facet == Facet.AREA,
            VersionFacet.version_id.in_(sa.bindparam("version_ids", expanding=True)),
        )
        .order_by(FacetValue.position, FacetValue.key)
    )


@lru_cache(maxsize=128)
def _overview(shape: _Shape) -> sa.Executable:
    matching = _matching(shape).cte("matching")
    counts = sa.union_all(*_arms(shape, matching)).subquery("counts")
    found = (
        sa.select(sa.func.count())
        .select_from(matching)
        .where(*(_has_facet(facet, matching.c.id) for facet in shape.facets))
    )
    return (
        sa.select(
            *(FacetValue.facet, FacetValue.key, FacetValue.name),
            sa.func.coalesce(counts.c.total, 0).label("total"),
            found.scalar_subquery().label("found"),
            *(_count_state(shown).label(shown) for shown in SHOWN),
        )
        .outerjoin(counts, counts.c.key == FacetValue.key)
        .where(~FacetValue.is_retired)
        .order_by(FacetValue.position, FacetValue.key)
    )


def _arms(shape: _Shape, matching: sa.CTE) -> Iterator[sa.Select[str, int]]:
    """For each facet, its values' counts with the other facets applied."""
    for facet in Facet:
        others = [other for other in shape.facets if other is not facet]
        yield (
            sa.select(VersionFacet.facet_key.label("key"), sa.func.count().label("total"))
            .join(matching, matching.c.id == VersionFacet.version_id)
            .join(FacetValue, FacetValue.key == VersionFacet.facet_key)
            .where(
                FacetValue.facet == facet,
                *(_has_facet(other, VersionFacet.version_id) for other in others),
            )
            .group_by(VersionFacet.facet_key)
        )


def _count_state(shown: str) -> sa.ScalarSelect[int]:
    version = aliased(ResourceVersion)
    return (
        sa.select(sa.func.count())
        .select_from(version)
        .join(Resource, Resource.id == version.resource_id)
        .where(_state(shown, version))
        .scalar_subquery()
    )
