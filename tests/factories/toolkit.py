"""Resources, their versions and files, and downloads, made as rows."""

from __future__ import annotations

import hashlib
from datetime import date, datetime, time
from itertools import count
from typing import Any

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.db import db
from cop_site.schools.models import School
from cop_site.toolkit.models import (
    Accessibility,
    Download,
    FacetValue,
    Resource,
    ResourceFile,
    ResourceVersion,
    VersionState,
)
from tests.factories.people import make_person

_numbers = count(1)
NEXT_YEAR = date(2027, 11, 10)
ENDED = (VersionState.SUPERSEDED, VersionState.WITHDRAWN)


def make_resource(
    *facets: str,
    title: str = "",
    state: VersionState = VersionState.PUBLISHED,
    owner: Person | None = None,
    review_on: date = NEXT_YEAR,
    files: int = 1,
    **values: Any,
) -> Resource:
    """A resource with one version, a file row (whose bytes nobody kept) and these facets' keys."""
    number = next(_numbers)
    title = title or f"Resource {number}"
    resource = Resource(
        slug=f"resource-{number}",
        owner_id=(owner or make_person()).id,
        review_on=review_on,
        created_at=clock.now(),
    )
    db.session.add(resource)
    db.session.flush()
    make_version(resource, 1, *facets, title=title, state=state, files=files, **values)
    return resource


def make_version(
    resource: Resource,
    number: int,
    *facets: str,
    state: VersionState = VersionState.PUBLISHED,
    files: int = 1,
    **values: Any,
) -> ResourceVersion:
    version = ResourceVersion(
        **{
            "resource_id": resource.id,
            "number": number,
            "state": state,
            "title": f"Version {number}",
            "summary": "What it is for",
            "accessibility": Accessibility.ACCESSIBLE,
            "created_at": clock.now(),
            "published_at": None if state is VersionState.DRAFT else clock.now(),
            "ended_at": clock.now() if state in ENDED else None,
            **values,
        }
    )
    version.facets = [db.session.get_one(FacetValue, key) for key in facets]
    db.session.add(version)
    db.session.flush()
    for position in range(files):
        make_file(version, position=position)
    return version


def make_file(
    version: ResourceVersion, content: bytes | None = None, **values: Any
) -> ResourceFile:
    """A file's row. Its bytes are in the store only where a test put them there."""
    number = next(_numbers)
    content = content or f"file {number}".encode()
    row = ResourceFile(
        **{
            "version_id": version.id,
            "position": 0,
            "name": f"file-{number}.txt",
            "media_type": "text/plain; charset=utf-8",
            "size": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "added_at": clock.now(),
            **values,
        }
    )
    db.session.add(row)
    db.session.flush()
    return row


def version_of(resource: Resource, number: int = 1) -> ResourceVersion:
    found = db.session.query(ResourceVersion).filter_by(resource_id=resource.id, number=number)
    return found.one()


def file_of(resource: Resource, number: int = 1) -> ResourceFile:
    """The first file of a version."""
    version = version_of(resource, number)
    found = db.session.query(ResourceFile).filter_by(version_id=version.id)
    return found.order_by(ResourceFile.position, ResourceFile.id).limit(1).one()


def make_download(
    resource: Resource,
    school: School,
    day: date,
    *,
    person: Person | None = None,
    number: int = 1,
) -> Download:
    """A download of a version's first file at noon on a day, by somebody new unless told."""
    row = Download(
        person_id=(person or make_person()).id,
        school_id=school.id,
        role=SchoolRoleKind.SENCO,
        resource_id=resource.id,
        version_id=version_of(resource, number).id,
        file_id=file_of(resource, number).id,
        day=day,
        at=datetime.combine(day, time(12), tzinfo=clock.LONDON),
    )
    db.session.add(row)
    db.session.flush()
    return row
