"""Reads of one resource: its versions, files and facets, and who may look after it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import cache, lru_cache
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased, contains_eager

from cop_site import clock
from cop_site.accounts.models import Person, ServiceRole, ServiceRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools.cluster_queries import holds_on
from cop_site.toolkit.models import (
    Facet,
    FacetValue,
    Resource,
    ResourceFile,
    ResourceVersion,
    VersionFacet,
    VersionState,
)


class Locked(NamedTuple):
    """A resource that nobody else can change now, with its versions by state."""

    resource: Resource
    versions: list[ResourceVersion]

    def find(self, *states: VersionState) -> ResourceVersion | None:
        """The newest version in one of the states."""
        return next((one for one in reversed(self.versions) if one.state in states), None)

    def get_draft(self) -> ResourceVersion:
        draft = self.find(VersionState.DRAFT)
        if draft is None:
            raise DomainError("There is no draft any more. Somebody else published or deleted it.")
        return draft


def get_resource(slug: str, visible: sa.ColumnElement[bool]) -> Resource:
    """The resource with its owner, what replaced it and its versions, in one statement.

    Raises NotFoundError where there is none that the person may know of.
    """
    found = db.session.scalars(_whole(visible), {"slug": slug}).unique().one_or_none()
    if found is None:
        raise NotFoundError("There is no such resource.")
    return found


@lru_cache(maxsize=8)
def _whole(visible: sa.ColumnElement[bool]) -> sa.Select[Resource]:
    newer = aliased(Resource)
    return (
        sa.select(Resource)
        .join(Resource.owner)
        .join(Resource.versions)
        .outerjoin(Resource.replaced_by.of_type(newer))
        .where(Resource.slug == sa.bindparam("slug", type_=sa.Text()), visible)
        .options(
            contains_eager(Resource.owner),
            contains_eager(Resource.versions),
            contains_eager(Resource.replaced_by.of_type(newer)),
        )
        .order_by(ResourceVersion.number)
        .execution_options(populate_existing=True)
    )


def list_files(version_id: int) -> list[ResourceFile]:
    """The files of a version in their order."""
    return list(db.session.scalars(_files(), {"version_id": version_id}))


@cache
def _files() -> sa.Select[ResourceFile]:
    asked = ResourceFile.version_id == sa.bindparam("version_id", type_=sa.Integer())
    return sa.select(ResourceFile).where(asked).order_by(ResourceFile.position, ResourceFile.id)


def list_facets(version_id: int) -> dict[Facet, list[FacetValue]]:
    """The values a version has, by facet, each in its order."""
    rows = list(db.session.scalars(_facets(), {"version_id": version_id}))
    return {facet: [row for row in rows if row.facet is facet] for facet in Facet}


@cache
def _facets() -> sa.Select[FacetValue]:
    return (
        sa.select(FacetValue)
        .join(VersionFacet, VersionFacet.facet_key == FacetValue.key)
        .where(VersionFacet.version_id == sa.bindparam("version_id", type_=sa.Integer()))
        .order_by(FacetValue.position, FacetValue.key)
    )


def list_facet_values(version_id: int = 0) -> dict[Facet, list[FacetValue]]:
    """Every value on offer, by facet, and those a version has that are offered no more."""
    rows = list(db.session.scalars(_values(), {"version_id": version_id}))
    return {facet: [row for row in rows if row.facet is facet] for facet in Facet}


@cache
def _values() -> sa.Select[FacetValue]:
    own = sa.select(VersionFacet.facet_key).where(
        VersionFacet.version_id == sa.bindparam("version_id", type_=sa.Integer())
    )
    offered = sa.or_(~FacetValue.is_retired, FacetValue.key.in_(own))
    return sa.select(FacetValue).where(offered).order_by(FacetValue.position, FacetValue.key)


def list_owners(today: date) -> list[tuple[int, str]]:
    """Id and name of everyone in the service on a day, administrators as such left out."""
    rows = db.session.execute(
        sa.select(Person.id, Person.name)
        .join(ServiceRole, ServiceRole.person_id == Person.id)
        .where(
            ServiceRole.role != ServiceRoleKind.ADMINISTRATOR,
            holds_on(ServiceRole, today),
            Person.merged_into_id.is_(None),
        )
        .distinct()
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name) for row in rows]


def list_replacements(resource_id: int) -> list[tuple[int, str]]:
    """Id and title of every other published resource, by title."""
    rows = db.session.execute(
        sa.select(ResourceVersion.resource_id, ResourceVersion.title)
        .where(
            ResourceVersion.state == VersionState.PUBLISHED,
            ResourceVersion.resource_id != resource_id,
        )
        .order_by(ResourceVersion.title, ResourceVersion.resource_id)
    )
    return [(row.resource_id, row.title) for row in rows]


def find_title(resource_id: int) -> str | None:
    """The title of a resource's published version, None where it has none."""
    return db.session.scalar(
        sa.select(ResourceVersion.title).where(
            ResourceVersion.resource_id == resource_id,
            ResourceVersion.state == VersionState.PUBLISHED,
        )
    )


def get_file(file_id: int, visible: sa.ColumnElement[bool]) -> ResourceFile:
    """A file with its version and resource, or NotFoundError."""
    file = db.session.scalar(
        sa.select(ResourceFile)
        .join(ResourceFile.version)
        .join(ResourceVersion.resource)
        .where(ResourceFile.id == file_id, visible)
        .options(contains_eager(ResourceFile.version).contains_eager(ResourceVersion.resource))
    )
    if file is None:
        raise NotFoundError("There is no such file.")
    return file


def list_named_files(addresses: Collection[str]) -> set[str]:
    """Which of these files in the store some version has."""
    return set(db.session.scalars(_named_files(), {"addresses": list(addresses)}))


@cache
def _named_files() -> sa.Select[str]:
    asked = ResourceFile.sha256.in_(sa.bindparam("addresses", expanding=True))
    return sa.select(ResourceFile.sha256).where(asked).distinct()


def lock_resource(resource_id: int) -> Locked:
    """The resource and its versions, locked and read afresh. NotFoundError where there is none."""
    resource = db.session.scalar(
        sa.select(Resource)
        .where(Resource.id == resource_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if resource is None:
        raise NotFoundError("There is no such resource.")
    versions = db.session.scalars(
        sa.select(ResourceVersion)
        .where(ResourceVersion.resource_id == resource_id)
        .order_by(ResourceVersion.number)
        .execution_options(populate_existing=True)
    )
    return Locked(resource, list(versions))


def list_slugs_like(slug: str) -> set[str]:
    """The slugs in use that begin with this one."""
    query = sa.select(Resource.slug).where(Resource.slug.startswith(slug, autoescape=True))
    return set(db.session.scalars(query))


def list_due_for_review(owner_id: int, until: date) -> list[tuple[str, str, date]]:
    """Slug, title and review date of somebody's published resources to review by a day."""
    rows = db.session.execute(
        sa.select(Resource.slug, ResourceVersion.title, Resource.review_on)
        .join(ResourceVersion, ResourceVersion.resource_id == Resource.id)
        .where(
            Resource.owner_id == owner_id,
            Resource.review_on <= until,
            ResourceVersion.state == VersionState.PUBLISHED,
        )
        .order_by(Resource.review_on, ResourceVersion.title)
    )
    return [(row.slug, row.title, row.review_on) for row in rows]


def next_year(day: date | None = None) -> date:
    """The usual review date: the same day a year on, or the 28th where February has no such."""
    day = day or clock.today()
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)
