"""Who may call what: the toolkit. Everyone reads what is published; service staff write."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import current_app

from cop_site import clock
from cop_site.db import db
from cop_site.toolkit.models import VersionState
from cop_site.toolkit.services import care_of
from tests.factories.toolkit import file_of, make_resource, version_of
from tests.integration.access.matrix import LEAD, SERVICE, SIGNED_IN, Row, World, may
from tests.unit.toolkit.file_parts import PDF


def _publish(world: World) -> None:
    _make(world, VersionState.PUBLISHED)


def _draft(world: World) -> None:
    _make(world, VersionState.DRAFT)


def _make(world: World, state: VersionState) -> None:
    """A resource whose file is really in the store."""
    kept = current_app.extensions["storage"].put(BytesIO(b"content"), largest=100)
    world.more["resource"] = make_resource("semh", state=state, guidance="Read this")
    file = file_of(world.more["resource"])
    file.sha256, file.size = kept.sha256, kept.size
    db.session.commit()


def _slug(world: World) -> dict[str, Any]:
    return {"slug": world.more["resource"].slug}


def _file(world: World) -> dict[str, Any]:
    return {"file_id": file_of(world.more["resource"]).id}


def _draft_file(world: World) -> dict[str, Any]:
    return _slug(world) | _file(world)


def _words(world: World) -> dict[str, Any]:
    year = str(clock.today().year + 1)
    return {
        "title": "Calm corners",
        "summary": "A corner to be calm in",
        "owner": str(world.users[LEAD].person_id),
        "review_on": ["1", "9", year],
    }


def _edits(world: World) -> dict[str, Any]:
    return {"edits": str(version_of(world.more["resource"]).edits)}


def _care(world: World) -> dict[str, Any]:
    words = {key: value for key, value in _words(world).items() if key in ("owner", "review_on")}
    return words | {"seen": care_of(world.more["resource"]).stamp}


def _upload(world: World) -> dict[str, Any]:
    return {"file": (BytesIO(PDF), "plan.pdf")}


# There is a draft, but only editors may know of it.
_OF_A_DRAFT = may(*SERVICE, otherwise=404)

ROWS = (
    Row("toolkit.browse", may(*SIGNED_IN)),
    Row("toolkit.show", may(*SIGNED_IN), url=_slug, prepare=_publish),
    Row("toolkit.show", may(*SERVICE, status=303, otherwise=404), url=_slug, prepare=_draft),
    Row("toolkit.download", may(*SIGNED_IN, status=303), url=_file, prepare=_publish),
    Row("toolkit.download", may(*SERVICE, status=303, otherwise=404), url=_file, prepare=_draft),
    Row("toolkit.download", may(*SIGNED_IN), method="POST", url=_file, prepare=_publish),
    Row("toolkit.download", _OF_A_DRAFT, method="POST", url=_file, prepare=_draft),
    Row("toolkit.new", may(*SERVICE)),
    Row("toolkit.new", may(*SERVICE, status=303), method="POST", fields=_words),
    Row("toolkit.draft", may(*SERVICE), url=_slug, prepare=_draft),
    Row("toolkit.edit_draft", may(*SERVICE), url=_slug, prepare=_draft),
    Row(
        "toolkit.edit_draft",
        may(*SERVICE, status=303),
        method="POST",
        url=_slug,
        fields=lambda world: _words(world) | _edits(world),
        prepare=_draft,
    ),
    Row(
        "toolkit.add_file",
        may(*SERVICE, status=303),
        method="POST",
        url=_slug,
        fields=_upload,
        prepare=_draft,
    ),
    Row(
        "toolkit.remove_file",
        may(*SERVICE, status=303),
        method="POST",
        url=_draft_file,
        prepare=_draft,
    ),
    Row(
        "toolkit.publish",
        may(*SERVICE, status=303),
        method="POST",
        url=_slug,
        fields=_edits,
        prepare=_draft,
    ),
    Row(
        "toolkit.start_version",
        may(*SERVICE, status=303),
        method="POST",
        url=_slug,
        prepare=_publish,
    ),
    Row("toolkit.back_to_draft", may(*SIGNED_IN, status=303), url=_slug, prepare=_publish),
    Row("toolkit.discard", may(*SERVICE), url=_slug, prepare=_draft),
    Row(
        "toolkit.discard",
        may(*SERVICE, status=303),
        method="POST",
        url=_slug,
        fields=_edits,
        prepare=_draft,
    ),
    Row("toolkit.withdraw", may(*SERVICE), url=_slug, prepare=_publish),
    Row(
        "toolkit.withdraw",
        may(*SERVICE, status=303),
        method="POST",
        url=_slug,
        fields=lambda world: {"reason": "Out of date"},
        prepare=_publish,
    ),
    Row("toolkit.look_after", may(*SERVICE), url=_slug, prepare=_publish),
    Row(
        "toolkit.look_after",
        may(*SERVICE, status=303),
        method="POST",
        url=_slug,
        fields=_care,
        prepare=_publish,
    ),
    Row("toolkit.downloads", may(*SERVICE)),
    Row("toolkit.downloads_file", may(*SERVICE)),
)
