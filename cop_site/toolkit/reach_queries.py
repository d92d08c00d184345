"""Reads behind the figures: which schools downloaded, of which areas, and what is fresh.

Periods are of days in London, first and last day included. What a resource was about is read
from the version that was downloaded. Conversions and scopes are the reports' business: these give
the schools as the downloads name them.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from cop_site.accounts.models import Person
from cop_site.db import db
from cop_site.schools.models import School, SchoolStatus
from cop_site.toolkit.models import (
    Download,
    Facet,
    FacetValue,
    Resource,
    ResourceVersion,
    VersionFacet,
    VersionState,
)

FIRST: Any = sa.bindparam("first", type_=sa.Date())
LAST: Any = sa.bindparam("last", type_=sa.Date())
TODAY: Any = sa.bindparam("today", type_=sa.Date())
OPEN = tuple(status for status in SchoolStatus if status.is_open)


class AreaUptake(NamedTuple):
    """Use of an area of need (T7): distinct schools, and downloads. Areas are never added up."""

    key: str
    name: str
    schools: int
    downloads: int


class SchoolDownloads(NamedTuple):
    """What a school downloaded in a period: downloads, different resources, the last day."""

    school_id: int
    name: str
    town: str
    downloads: int
    resources: int
    last_on: date | None


class Freshness(NamedTuple):
    """T8: published resources inside their review date with an accessibility status, of all."""

    fresh: int
    published: int


def list_schools_with_downloads(first: date, last: date) -> dict[int, int]:
    """T5's numerator before the scope: each school with a download in the period, and how many.

    Staff and partners leave no download, so every row is attributed to a school.
    """
    rows = db.session.execute(_by_school(), {"first": first, "last": last})
    return {row.school_id: row.downloads for row in rows}


@cache
def _by_school() -> sa.Executable:
    return (
        sa.select(Download.school_id, sa.func.count().label("downloads"))
        .where(Download.day.between(FIRST, LAST))
        .group_by(Download.school_id)
    )


def list_area_schools(first: date, last: date) -> dict[str, set[int]]:
    """T7's numerators before the scope: the schools of each area of need, by the area's key.

    A resource in two areas counts in each. An area without a download is not in the answer.
    """
    found: dict[str, set[int]] = {}
    for row in db.session.execute(_area_schools(), {"first": first, "last": last}):
        found.setdefault(row.key, set()).add(row.school_id)
    return found


@cache
def _area_schools() -> sa.Executable:
    return (
        sa.select(FacetValue.key, Download.school_id)
        .join(VersionFacet, VersionFacet.facet_key == FacetValue.key)
        .join(Download, Download.version_id == VersionFacet.version_id)
        .where(FacetValue.facet == Facet.AREA, Download.day.between(FIRST, LAST))
        .distinct()
    )


def list_area_uptake(first: date, last: date) -> list[AreaUptake]:
    """Schools and downloads of each area of need (T7), those without any too, in their order.

    A retired area is listed only where it has downloads.
    """
    rows = db.session.execute(_areas(), {"first": first, "last": last})
    return [AreaUptake(*row[:4]) for row in rows if row.downloads or not row.is_retired]


@cache
def _areas() -> sa.Executable:
    counted = sa.and_(
        Download.version_id == VersionFacet.version_id, Download.day.between(FIRST, LAST)
    )
    return (
        sa.select(
            *(FacetValue.key, FacetValue.name),
            sa.func.count(Download.school_id.distinct()).label("schools"),
            sa.func.count(Download.id.distinct()).label("downloads"),
            FacetValue.is_retired,
        )
        .outerjoin(VersionFacet, VersionFacet.facet_key == FacetValue.key)
        .outerjoin(Download, counted)
        .where(FacetValue.facet == Facet.AREA)
        .group_by(*(FacetValue.key, FacetValue.name, FacetValue.is_retired, FacetValue.position))
        .order_by(FacetValue.position, FacetValue.key)
    )


def list_school_downloads(first: date, last: date) -> list[SchoolDownloads]:
    """Every open school, and every other with a download, by name; those with none too."""
    rows = db.session.execute(_schools(), {"first": first, "last": last})
    return [SchoolDownloads(*row) for row in rows]


@cache
def _schools() -> sa.Executable:
    counted = sa.and_(Download.school_id == School.id, Download.day.between(FIRST, LAST))
    downloads = sa.func.count(Download.id)
    return (
        sa.select(
            *(School.id, School.name, School.town, downloads),
            sa.func.count(Download.resource_id.distinct()),
            sa.func.max(Download.day),
        )
        .outerjoin(Download, counted)
        .group_by(School.id, School.name, School.town, School.status)
        .having(sa.or_(downloads > 0, School.status.in_(OPEN)))
        .order_by(School.name, School.id)
    )


class PastReview(NamedTuple):
    """A published resource whose review date has passed."""

    slug: str
    title: str
    owner: str
    review_on: date


def list_past_review(today: date) -> list[PastReview]:
    """Published resources to be reviewed before ``today``, the longest overdue first."""
    return [PastReview(*row) for row in db.session.execute(_past_review(), {"today": today})]


@cache
def _past_review() -> sa.Executable:
    return (
        sa.select(Resource.slug, ResourceVersion.title, Person.name, Resource.review_on)
        .join(ResourceVersion, ResourceVersion.resource_id == Resource.id)
        .join(Person, Person.id == Resource.owner_id)
        .where(ResourceVersion.state == VersionState.PUBLISHED, Resource.review_on < TODAY)
        .order_by(Resource.review_on, ResourceVersion.title, Resource.id)
    )


def count_fresh(today: date) -> Freshness:
    """T8 on a day. The review date itself is still inside."""
    return Freshness(*db.session.execute(_fresh(), {"today": today}).one())


@cache
def _fresh() -> sa.Executable:
    is_fresh = sa.and_(
        Resource.review_on >= TODAY,
        ResourceVersion.accessibility.is_not(None),
    )
    return (
        sa.select(sa.func.count().filter(is_fresh), sa.func.count())
        .select_from(ResourceVersion)
        .join(Resource, Resource.id == ResourceVersion.resource_id)
        .where(ResourceVersion.state == VersionState.PUBLISHED)
    )
