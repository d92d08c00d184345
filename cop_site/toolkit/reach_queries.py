"""Reads behind what editors and figures say of use: downloads by school and by area of need, and
what is past its review date.

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
MOST: Any = sa.bindparam("most", type_=sa.Integer())
START: Any = sa.bindparam("start", type_=sa.Integer())
OPEN = tuple(status for status in SchoolStatus if status.is_open)
IS_PAST_REVIEW = (ResourceVersion.state == VersionState.PUBLISHED, Resource.review_on < TODAY)
SOME, NONE = "some", "none"
# More rows than there are of anything here: a limit that leaves nothing away.
ALL = 10**9


class AreaUptake(NamedTuple):
    """Use of an area of need: distinct schools, and downloads. Areas are never added up."""

    key: str
    name: str
    schools: int
    downloads: int


class SchoolCount(NamedTuple):
    """Schools with a download in a period, and all that are told of."""

    reached: int
    all: int


class SchoolDownloads(NamedTuple):
    """What a school downloaded in a period: downloads, different resources, the last day."""

    school_id: int
    name: str
    town: str
    downloads: int
    resources: int
    last_on: date | None


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


def list_area_uptake(first: date, last: date) -> list[AreaUptake]:
    """Schools and downloads of each area of need, those without any too, in their order.

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


def count_school_downloads(first: date, last: date) -> SchoolCount:
    """How many schools ``list_school_downloads`` lists, and how many of them have downloads."""
    asked = {"first": first, "last": last}
    return SchoolCount(*db.session.execute(_school_count(), asked).one())


@cache
def _school_count() -> sa.Executable:
    used = _used()
    return (
        sa.select(sa.func.count(used.c.school_id), sa.func.count())
        .select_from(School)
        .outerjoin(used, used.c.school_id == School.id)
        .where(_is_told(used))
    )


def list_school_downloads(
    first: date, last: date, which: str = "", *, most: int = ALL, start: int = 0
) -> list[SchoolDownloads]:
    """Every open school, and every other with a download, by name; those with none too.

    ``which``: only those with "some", or with "none". At most so many from a place on.
    """
    asked = {"first": first, "last": last, "most": most, "start": start}
    return [SchoolDownloads(*row) for row in db.session.execute(_schools(which), asked)]


@cache
def _schools(which: str) -> sa.Executable:
    used = _used()
    narrowed = {SOME: [used.c.school_id.is_not(None)], NONE: [used.c.school_id.is_(None)]}
    return (
        sa.select(
            *(School.id, School.name, School.town),
            sa.func.coalesce(used.c.downloads, 0),
            sa.func.coalesce(used.c.resources, 0),
            used.c.last_on,
        )
        .outerjoin(used, used.c.school_id == School.id)
        .where(_is_told(used), *narrowed.get(which, []))
        .order_by(School.name, School.id)
        .limit(MOST)
        .offset(START)
    )


def _used() -> sa.Subquery:
    return (
        sa.select(
            Download.school_id,
            sa.func.count().label("downloads"),
            sa.func.count(Download.resource_id.distinct()).label("resources"),
            sa.func.max(Download.day).label("last_on"),
        )
        .where(Download.day.between(FIRST, LAST))
        .group_by(Download.school_id)
        .subquery()
    )


def _is_told(used: sa.Subquery) -> sa.ColumnElement[bool]:
    return sa.or_(used.c.school_id.is_not(None), School.status.in_(OPEN))


class PastReview(NamedTuple):
    """A published resource whose review date has passed."""

    slug: str
    title: str
    owner: str
    review_on: date


def count_past_review(today: date) -> int:
    """How many published resources are to be reviewed before ``today``."""
    return db.session.scalars(_past_review_count(), {"today": today}).one()


@cache
def _past_review_count() -> sa.Select[int]:
    return (
        sa.select(sa.func.count())
        .select_from(ResourceVersion)
        .join(Resource, Resource.id == ResourceVersion.resource_id)
        .where(*IS_PAST_REVIEW)
    )


def list_past_review(today: date, *, most: int = ALL, start: int = 0) -> list[PastReview]:
    """Published resources to be reviewed before ``today``, the longest overdue first."""
    asked = {"today": today, "most": most, "start": start}
    return [PastReview(*row) for row in db.session.execute(_past_review(), asked)]


@cache
def _past_review() -> sa.Executable:
    return (
        sa.select(Resource.slug, ResourceVersion.title, Person.name, Resource.review_on)
        .join(ResourceVersion, ResourceVersion.resource_id == Resource.id)
        .join(Person, Person.id == Resource.owner_id)
        .where(*IS_PAST_REVIEW)
        .order_by(Resource.review_on, ResourceVersion.title, Resource.id)
        .limit(MOST)
        .offset(START)
    )
