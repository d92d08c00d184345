"""Reads of files of the register that wait, and of those that were taken in."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.schools.models import SchoolImport
from cop_site.schools.upload_models import RegisterUpload


def get_upload(upload_id: int) -> RegisterUpload:
    """The file that waits, or NotFoundError."""
    row = db.session.get(RegisterUpload, upload_id)
    if row is None:
        raise NotFoundError("That file is no longer waiting.")
    return row


def list_uploads() -> list[RegisterUpload]:
    """Every file that waits, the newest first."""
    query = sa.select(RegisterUpload).order_by(RegisterUpload.at.desc(), RegisterUpload.id.desc())
    return list(db.session.scalars(query))


def find_last_la_code() -> str:
    """The authority of the last file of schools; "" where there was none."""
    query = sa.select(SchoolImport.la_code).where(SchoolImport.la_code != "")
    return db.session.scalar(query.order_by(SchoolImport.id.desc()).limit(1)) or ""


def list_named_files(addresses: Collection[str]) -> set[str]:
    """Which of these files in the store wait here."""
    query = sa.select(RegisterUpload.sha256).where(RegisterUpload.sha256.in_(addresses))
    return set(db.session.scalars(query))
