"""Two editors, a SENCO, and sending files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from cop_site.accounts.models import ServiceRoleKind, User
from cop_site.db import db
from cop_site.schools.models import School
from cop_site.toolkit.models import Resource
from cop_site.web.uploads import store
from tests.factories.people import (
    make_school_user,
    make_service_user,
)
from tests.factories.schools import make_authority, make_school
from tests.factories.toolkit import file_of, make_resource
from tests.support.client import GatedClient
from tests.support.sending import send_file

Send = Callable[..., TestResponse]


@dataclass
class People:
    school: School
    senco: User
    editor: User
    other: User


@pytest.fixture
def people(app: Flask) -> People:
    make_authority()
    school = make_school("Alder Lane Primary")
    people = People(
        school=school,
        senco=make_school_user(school),
        editor=make_service_user(ServiceRoleKind.EP),
        other=make_service_user(ServiceRoleKind.ASEP),
    )
    db.session.commit()
    return people


def upload(
    client: GatedClient, slug: str, name: str, content: bytes, *, token: bool = True
) -> TestResponse:
    """Send one file to a draft, as the form on its page does."""
    return send_file(client, f"/toolkit/{slug}/draft/files", name, content, token=token)


def make_stored(content: bytes = b"the content", **values: Any) -> Resource:
    """A resource whose one file is really in the store."""
    resource = make_resource(**values)
    kept = store().put(BytesIO(content), largest=10_000)
    file = file_of(resource)
    file.sha256, file.size = kept.sha256, kept.size
    db.session.commit()
    return resource


@pytest.fixture
def full_store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[], None]:
    """Call it to put a file where the store's folder was."""

    def break_it() -> None:
        (tmp_path / "file").write_text("no folder")
        monkeypatch.setattr(store(), "folder", tmp_path / "file" / "store")

    return break_it
