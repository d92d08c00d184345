"""The demonstration's toolkit: resources with real files, and who downloaded them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from io import BytesIO
from random import Random
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.db import db
from cop_site.demo import toolkit_files
from cop_site.demo.borough import Borough
from cop_site.demo.calendar import DAY, Dates, weekday_before
from cop_site.demo.toolkit_texts import (
    DRAFT,
    PAST_REVIEW,
    REVIEW_SOON,
    SECOND_EDITION,
    TEXTS,
    WHAT_CHANGED,
    Text,
)
from cop_site.schools.models import School
from cop_site.toolkit import file_services
from cop_site.toolkit.models import (
    Accessibility,
    Download,
    Resource,
    ResourceFile,
    ResourceVersion,
    VersionFacet,
    VersionState,
)
from cop_site.toolkit.services import free_slug
from cop_site.web.uploads import largest_upload, store

# Schools that downloaded something in each of the told terms, of 89.
REACHED = (41, 50, 58)
NOTES = {
    "partly": "The layout of the PDF does not reach a screen reader. The Word file does.",
    "not_accessible": "A picture of a page. Ask the service for the words.",
}


def add_toolkit(borough: Borough, terms: Sequence[Dates], chance: Random) -> None:
    """Resources published before the first told term, and downloads in each of the terms."""
    published = clock.from_london(borough.since, time(7, 30))
    owners = [borough.people[key] for key in ("lead", "ep", "asep")]
    resources = [
        _add_resource(text, owners[number % len(owners)], published)
        for number, text in enumerate(TEXTS)
    ]
    by_title = {text.title: one for text, one in zip(TEXTS, resources, strict=True)}
    _add_draft(borough.people["ep"], published)
    _supersede(by_title[SECOND_EDITION], terms[1])
    for title, days in ((PAST_REVIEW, -20), (REVIEW_SOON, 12)):
        by_title[title].review_on = clock.today() + days * DAY
        by_title[title].owner_id = borough.people["ep"].id
    db.session.flush()
    for count, term in zip(REACHED, terms, strict=True):
        _download(borough, resources, term, count, chance)


def _add_resource(text: Text, owner: Person, published: datetime) -> Resource:
    resource = Resource(
        slug=free_slug(text.title),
        owner_id=owner.id,
        review_on=clock.today() + (120 + 9 * len(text.title)) * DAY,
        created_at=published,
    )
    db.session.add(resource)
    db.session.flush()
    _add_version(resource, text, published, VersionState.PUBLISHED)
    return resource


def _add_draft(owner: Person, published: datetime) -> None:
    resource = _add_resource(DRAFT, owner, published)
    version = db.session.scalars(_versions_of(resource)).one()
    version.state, version.published_at = VersionState.DRAFT, None
    version.accessibility = None


def _versions_of(resource: Resource) -> sa.Select[ResourceVersion]:
    return sa.select(ResourceVersion).where(ResourceVersion.resource_id == resource.id)


def _supersede(resource: Resource, term: Dates) -> None:
    """The version of today was published a third of the way through a term."""
    old = db.session.scalars(_versions_of(resource)).one()
    text = next(text for text in TEXTS if text.title == old.title)
    moment = clock.from_london(term.starts_on + (term.held_to - term.starts_on) / 3, time(14))
    old.state, old.ended_at = VersionState.SUPERSEDED, moment
    old.summary = "Two sides of paper for the whole cycle."
    db.session.flush()
    _add_version(resource, text, moment, VersionState.PUBLISHED, number=2)


def _add_version(
    resource: Resource, text: Text, at: datetime, state: VersionState, number: int = 1
) -> None:
    version = ResourceVersion(
        resource_id=resource.id,
        number=number,
        state=state,
        title=text.title,
        summary=text.summary,
        guidance=_guidance(text),
        accessibility=Accessibility(text.accessibility),
        accessibility_note=NOTES.get(text.accessibility, ""),
        change_note=WHAT_CHANGED if number > 1 else "",
        created_at=at,
        published_at=at,
    )
    db.session.add(version)
    db.session.flush()
    for key in dict.fromkeys(text.facets):
        db.session.add(VersionFacet(version_id=version.id, facet_key=key))
    for position, ending in enumerate(text.files):
        _add_file(version, text, position, ending)


def _guidance(text: Text) -> str:
    listed = "\n".join(f"- {point}" for point in text.points)
    ending = "Tell your cluster’s EP how it went. That is how it gets better."
    return f"### How to use it\n\n{listed}\n\n{ending}"


def _add_file(version: ResourceVersion, text: Text, position: int, ending: str) -> None:
    content = _write(version, text, ending)
    kept = store().put(BytesIO(content), largest=largest_upload())
    name = text.title.replace(":", "")
    db.session.add(
        ResourceFile(
            version_id=version.id,
            position=position,
            name=f"{name}.{ending}",
            media_type=file_services.media_type_of(ending),
            size=kept.size,
            sha256=kept.sha256,
            added_at=version.created_at,
        )
    )


def _write(version: ResourceVersion, text: Text, ending: str) -> bytes:
    lines = [version.summary, *text.points, f"Version {version.number}"]
    if ending == "pdf":
        return toolkit_files.make_pdf(text.title, lines)
    if ending == "xlsx":
        header = ("When", "What we did", "What we saw", "What next")
        return toolkit_files.make_xlsx(
            text.title, [header, *((point, "", "", "") for point in lines)]
        )
    return toolkit_files.make_docx(text.title, lines)


def _download(
    borough: Borough, resources: Sequence[Resource], term: Dates, count: int, chance: Random
) -> None:
    """So many schools download up to five things each, through their SENCO."""
    rows: dict[tuple[int, int, int, date], dict[str, Any]] = {}
    choices = _list_choices(resources)
    for school in _choose(borough, count, chance):
        for _ in range(chance.choice((1, 1, 2, 2, 3, 5))):
            day = weekday_before(
                term.starts_on + chance.randint(2, (term.held_to - term.starts_on).days) * DAY
            )
            versions = chance.choice(choices)
            person = borough.sencos[school.id]
            row = _row(person, school, versions, day, chance)
            rows[(person.id, school.id, row["resource_id"], day)] = row
    db.session.execute(sa.insert(Download), list(rows.values()))


def _list_choices(resources: Sequence[Resource]) -> list[list[Any]]:
    """The versions with a file of each resource, as often as it is used."""
    used = {resource.id: text.used for resource, text in zip(resources, TEXTS, strict=True)}
    first = sa.select(sa.func.min(ResourceFile.id)).where(
        ResourceFile.version_id == ResourceVersion.id
    )
    found = db.session.execute(
        sa.select(
            *(ResourceVersion.id, ResourceVersion.resource_id, ResourceVersion.published_at),
            first.scalar_subquery().label("file_id"),
        ).order_by(ResourceVersion.resource_id, ResourceVersion.number)
    )
    by_resource: dict[int, list[Any]] = {}
    for row in found:
        if row.file_id is not None:
            by_resource.setdefault(row.resource_id, []).append(row)
    return [rows for id_, rows in by_resource.items() for _ in range(used.get(id_, 0))]


def _choose(borough: Borough, count: int, chance: Random) -> list[School]:
    """So many schools with a SENCO, those of the demonstration's own accounts among them."""
    own = {borough.people[key].id for key in ("senco", "senco2")}
    able = [school for school in borough.schools if school.id in borough.sencos]
    first = [school for school in able if borough.sencos[school.id].id in own]
    others = [school for school in able if school not in first]
    return [*first, *chance.sample(others, count - len(first))]


def _row(
    person: Person, school: School, versions: list[Any], day: date, chance: Random
) -> dict[str, Any]:
    at = clock.from_london(day, time(chance.randint(8, 17), chance.randint(0, 59)))
    published = [one for one in versions if one.published_at <= at] or versions[:1]
    version = published[-1]
    return {
        "person_id": person.id,
        "school_id": school.id,
        "role": SchoolRoleKind.SENCO,
        "resource_id": version.resource_id,
        "version_id": version.id,
        "file_id": version.file_id,
        "day": day,
        "at": min(at, clock.now() - timedelta(minutes=1)),
    }
