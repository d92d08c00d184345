"""Files of a draft, and downloads."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.storage import Kept
from cop_site.toolkit import policies, queries
from cop_site.toolkit.file_checks import KINDS, CheckedFile
from cop_site.toolkit.models import Download, ResourceFile, ResourceVersion
from cop_site.toolkit.word_queries import is_sqlite

MOST_FILES = 20


def media_type_of(ending: str) -> str:
    """The type that files with this ending are kept and sent as."""
    return KINDS[ending].media_type


def add_file(resource_id: int, checked: CheckedFile, kept: Kept, *, by: ActingUser) -> ResourceFile:
    """Give the draft a file that is in the store already.

    Raises DomainError where there is no draft, it has this file or name, or has enough of them.
    """
    draft = queries.lock_resource(resource_id).get_draft()
    files = queries.list_files(draft.id)
    if any(file.sha256 == kept.sha256 for file in files):
        raise DomainError("This draft has that file already.", field="file")
    if any(file.name.casefold() == checked.name.casefold() for file in files):
        raise DomainError(
            "This draft has a file of that name. Remove that one first.", field="file"
        )
    if len(files) >= MOST_FILES:
        raise DomainError(f"A resource may have {MOST_FILES} files at most.", field="file")
    file = ResourceFile(
        version_id=draft.id,
        position=max((file.position for file in files), default=-1) + 1,
        name=checked.name,
        media_type=checked.media_type,
        size=kept.size,
        sha256=kept.sha256,
        added_by_user_id=by.user_id,
        added_at=clock.now(),
    )
    db.session.add(file)
    now = {"file": file.name, "sha256": file.sha256}
    audit.record("resource", resource_id, "file added", by=by.user_id, now=now)
    db.session.flush()
    return file


def remove_file(resource_id: int, file_id: int, *, by: ActingUser) -> str | None:
    """Take a file out of the draft. Its name, or None where it is gone already."""
    draft = queries.lock_resource(resource_id).get_draft()
    file = next((one for one in queries.list_files(draft.id) if one.id == file_id), None)
    if file is None:
        return None
    was = {"file": file.name, "sha256": file.sha256}
    audit.record("resource", resource_id, "file removed", by=by.user_id, was=was)
    db.session.delete(file)
    db.session.flush()
    return file.name


def record_download(file_id: int, school_ids: Collection[int], *, by: ActingUser) -> int:
    """Count a download for these of the person's schools, once a day in London. How many new.

    Whose downloads are nobody's school's leave no row. Naming no school means all of them. Again
    on the same day is harmless: the row is unique. Raises DomainError for a school not theirs.
    """
    if not policies.counts(by):
        return 0
    if any(school_id not in by.schools for school_id in school_ids):
        raise DomainError("Choose one of your own schools.")
    version = db.session.scalars(
        sa.select(ResourceVersion)
        .join(ResourceFile, ResourceFile.version_id == ResourceVersion.id)
        .where(ResourceFile.id == file_id)
    ).one()
    rows = [
        {
            "person_id": by.person_id,
            "school_id": school_id,
            "role": by.role_at(school_id),
            "resource_id": version.resource_id,
            "version_id": version.id,
            "file_id": file_id,
            "day": clock.today(),
            "at": clock.now(),
        }
        for school_id in sorted(school_ids or by.schools)
    ]
    insert = (sqlite if is_sqlite() else postgresql).insert(Download)
    once = insert.on_conflict_do_nothing(
        index_elements=["person_id", "school_id", "resource_id", "day"]
    ).returning(Download.id)
    return len(db.session.execute(once.values(rows)).all())
