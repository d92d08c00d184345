"""Reads of an event's materials and of what was sent about them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from cop_site.accounts.models import Person, User
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event
from cop_site.follow_up.models import Material, MaterialKind, MaterialSending
from cop_site.toolkit.models import Resource, ResourceVersion, VersionState

LONGEST_CHOICE = 500


@dataclass(frozen=True)
class MaterialLine:
    """A material as a page lists it. ``slug`` is of a resource that is published now."""

    id: int
    kind: MaterialKind
    title: str
    url: str
    slug: str
    media_type: str
    size: int

    @property
    def path(self) -> str:
        """Where it is, from the site's address on; a link is where it says."""
        return f"/toolkit/{self.slug}" if self.kind is MaterialKind.RESOURCE else self.url

    @property
    def is_there(self) -> bool:
        """False for a resource that was withdrawn."""
        return self.kind is not MaterialKind.RESOURCE or bool(self.slug)


def material_lines() -> sa.ScalarSelect[str]:
    """The materials of the event around: a line each, its parts apart by tabs (``read_lines``).

    No part of them holds a tab or an end of line: fields of one line take none.
    """
    published = sa.and_(
        ResourceVersion.resource_id == Material.resource_id,
        ResourceVersion.state == VersionState.PUBLISHED,
    )
    line: sa.ColumnElement[str] = sa.cast(Material.id, sa.Text)
    for part in (
        sa.cast(Material.kind, sa.Text),
        sa.func.coalesce(ResourceVersion.title, Material.title),
        Material.url,
        sa.case((ResourceVersion.id.is_not(None), Resource.slug), else_=""),
        Material.media_type,
        sa.func.coalesce(sa.cast(Material.size, sa.Text), "0"),
    ):
        line = line.concat("\t").concat(part)
    return (
        sa.select(sa.func.aggregate_strings(line, "\n"))
        .select_from(Material)
        .outerjoin(Resource, Resource.id == Material.resource_id)
        .outerjoin(ResourceVersion, published)
        .where(Material.event_id == Event.id)
        .correlate(Event)
        .scalar_subquery()
    )


def read_lines(lines: str | None) -> list[MaterialLine]:
    """What ``material_lines`` gave, in the order they were added."""
    found = []
    for line in lines.split("\n") if lines else []:
        id_, kind, title, url, slug, media_type, size = line.split("\t")
        found.append(
            MaterialLine(int(id_), MaterialKind(kind), title, url, slug, media_type, int(size))
        )
    return sorted(found, key=lambda one: one.id)


def list_materials(event_id: int) -> list[MaterialLine]:
    """In the order they were added, a withdrawn resource among them; one statement."""
    query = sa.select(material_lines()).select_from(Event).where(Event.id == event_id)
    return read_lines(db.session.scalar(query))


def get_file(event_id: int, material_id: int) -> Material:
    """A file of the event, or NotFoundError."""
    found = db.session.scalar(
        sa.select(Material).where(
            Material.id == material_id,
            Material.event_id == event_id,
            Material.kind == MaterialKind.FILE,
        )
    )
    if found is None:
        raise NotFoundError("There is no such file.")
    return found


def list_named_files(addresses: Collection[str]) -> set[str]:
    """Which of these files in the store some event has."""
    asked = sa.select(Material.sha256).where(Material.sha256.in_(list(addresses)))
    return {name for name in db.session.scalars(asked.distinct()) if name}


def list_resource_choices(event_id: int) -> list[tuple[int, str]]:
    """Published resources that the event has not, by title; 500 at most."""
    has = sa.select(Material.resource_id).where(
        Material.event_id == event_id, Material.resource_id.is_not(None)
    )
    rows = db.session.execute(
        sa.select(ResourceVersion.resource_id, ResourceVersion.title)
        .where(
            ResourceVersion.state == VersionState.PUBLISHED, ResourceVersion.resource_id.not_in(has)
        )
        .order_by(sa.func.lower(ResourceVersion.title), ResourceVersion.id)
        .limit(LONGEST_CHOICE)
    )
    return [(id_, title) for id_, title in rows]


def list_sendings(event_id: int) -> list[tuple[MaterialSending, str]]:
    """What was mailed and the name of who did it, the newest first."""
    rows = db.session.execute(
        sa.select(MaterialSending, Person.name)
        .outerjoin(User, User.id == MaterialSending.sent_by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(MaterialSending.event_id == event_id)
        .order_by(MaterialSending.number.desc())
    )
    return [(sending, name or "") for sending, name in rows]


def list_reached(person_ids: list[int]) -> set[int]:
    """Those of the people whose mail does not come back, and whose account is not closed."""
    query = (
        sa.select(Person.id)
        .outerjoin(User, User.person_id == Person.id)
        .where(Person.id.in_(person_ids), Person.bounced_at.is_(None), User.disabled_at.is_(None))
    )
    return set(db.session.scalars(query))
