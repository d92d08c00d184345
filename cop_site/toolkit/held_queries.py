"""What the toolkit holds about a person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from cop_site.db import db
from cop_site.held import HeldTable, Subject
from cop_site.schools.models import School
from cop_site.toolkit.models import Download, Resource, ResourceFile, ResourceVersion


def list_held_about(subject: Subject) -> list[HeldTable]:
    return [_downloads(subject), _resources(subject)]


def _downloads(subject: Subject) -> HeldTable:
    rows = db.session.execute(
        sa.select(ResourceVersion.title, ResourceFile.name, School.name, Download.role, Download.at)
        .join(ResourceVersion, ResourceVersion.id == Download.version_id)
        .join(ResourceFile, ResourceFile.id == Download.file_id)
        .join(School, School.id == Download.school_id)
        .where(Download.person_id.in_(subject.person_ids))
        .order_by(Download.at, Download.id)
    )
    return HeldTable(
        "downloads",
        "What you downloaded, and which school it counted for.",
        ("Resource", "File", "School", "Role", "When"),
        [(title, file, school, role.label, at) for title, file, school, role, at in rows],
        ("download.person_id",),
    )


def _resources(subject: Subject) -> HeldTable:
    arms = (*_whole_resources(subject), *_parts(subject))
    rows = db.session.execute(sa.union_all(*arms).order_by("at", "part"))
    return HeldTable(
        "resources-you-wrote",
        "Resources of the toolkit that you look after, began or worked on.",
        ("Resource or file", "When", "You"),
        [tuple(row) for row in rows],
        (
            *("resource.owner_id", "resource.created_by_user_id"),
            *("resource_version.created_by_user_id", "resource_file.added_by_user_id"),
        ),
    )


def _whole_resources(subject: Subject) -> tuple[sa.Select[Any], ...]:
    """A resource's newest title names it."""
    newest = (
        sa.select(ResourceVersion.title)
        .where(ResourceVersion.resource_id == Resource.id)
        .order_by(ResourceVersion.number.desc())
        .limit(1)
        .correlate(Resource)
        .scalar_subquery()
    )
    resource = sa.select(newest.label("title"), Resource.created_at.label("at"))
    mine = Resource.owner_id.in_(subject.person_ids)
    begun = Resource.created_by_user_id.in_(subject.user_ids)
    return (
        resource.add_columns(_part("look after it")).where(mine),
        resource.add_columns(_part("began it")).where(begun),
    )


def _parts(subject: Subject) -> tuple[sa.Select[Any], ...]:
    version = sa.select(ResourceVersion.title, ResourceVersion.created_at)
    file = sa.select(ResourceFile.name, ResourceFile.added_at)
    wrote = ResourceVersion.created_by_user_id.in_(subject.user_ids)
    added = ResourceFile.added_by_user_id.in_(subject.user_ids)
    return (
        version.add_columns(_part("wrote a version")).where(wrote),
        file.add_columns(_part("added a file")).where(added),
    )


def _part(words: str) -> sa.Label[str]:
    return sa.literal(words).label("part")
