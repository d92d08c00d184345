"""Files of the register that wait to be looked over: kept, taken in, put away."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import sqlalchemy as sa

from cop_site import clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.schools import import_services, links_services
from cop_site.schools.import_services import ImportPlan
from cop_site.schools.links_file import LinksFile, read_links
from cop_site.schools.links_services import LinksPlan
from cop_site.schools.register_file import Register
from cop_site.schools.upload_models import RegisterUpload, UploadKind

OTHERWISE_NOW = "The schools have changed since you opened this page. Look over it again."
Read = Register | LinksFile
Plan = ImportPlan | LinksPlan


@contextmanager
def as_named_file(content: BinaryIO, name: str) -> Iterator[Path]:
    """The bytes as a file with its own name, which every refusal says; gone afterwards."""
    safe = re.sub(r"[^\w.() -]", "-", Path(name.replace("\\", "/")).name)[-100:].strip(". ")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (safe or "file.csv")
        with path.open("wb") as out:
            shutil.copyfileobj(content, out)
        yield path


def read(path: Path, kind: UploadKind, la_code: str) -> Read:
    """Raises DomainError where the file as a whole is refused, or the code can't be one."""
    if kind is UploadKind.LINKS:
        return read_links(path)
    return import_services.read_file(path, la_code)


def plan(found: Read) -> Plan:
    """What taking it in would change. Reads only."""
    if isinstance(found, LinksFile):
        return links_services.plan_links(found)
    return import_services.plan_import(found)


def digest(planned: Plan) -> str:
    """Tells two plans apart: what somebody looked over must be what is written."""
    if isinstance(planned, LinksPlan):
        lists: tuple[object, ...] = (planned.new, planned.changed)
    else:
        lists = (planned.new, planned.changed, planned.closed, planned.reopened)
    return hashlib.sha256(repr(lists).encode()).hexdigest()


def keep(kind: UploadKind, file_name: str, sha256: str, la_code: str, *, by: int) -> RegisterUpload:
    """Note a file that is in the store already."""
    row = RegisterUpload(
        kind=kind,
        file_name=file_name,
        sha256=sha256,
        la_code=la_code,
        by_user_id=by,
        at=clock.now(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def take_in(upload_id: int, found: Read, seen: str, *, skip_refused: bool, by: int) -> Plan:
    """Write what the file says and put it away.

    Raises NotFoundError where it was taken in or put away meanwhile, and DomainError where the
    plan is no longer the one that was ``seen``, or rows were refused.
    """
    import_services.lock_imports()
    row = _lock(upload_id)
    if digest(plan(found)) != seen:
        raise DomainError(OTHERWISE_NOW)
    if isinstance(found, LinksFile):
        written: Plan = links_services.apply_links(found, by=by, skip_refused=skip_refused)
    else:
        written = import_services.apply_import(found, by=by, skip_refused=skip_refused)
    db.session.delete(row)
    db.session.flush()
    return written


def put_away(upload_id: int) -> None:
    """Leave it out. NotFoundError where it is gone."""
    db.session.delete(_lock(upload_id))
    db.session.flush()


def _lock(upload_id: int) -> RegisterUpload:
    row = db.session.scalar(
        sa.select(RegisterUpload)
        .where(RegisterUpload.id == upload_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFoundError("That file is no longer waiting.")
    return row
