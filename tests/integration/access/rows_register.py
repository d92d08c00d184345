"""Who may call what: taking the register in."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from cop_site.schools.upload_models import UploadKind
from cop_site.schools.upload_services import keep
from cop_site.web.uploads import store
from tests.factories.register import as_text, make_row
from tests.integration.access.matrix import ADMIN, Row, World, may


def _send(world: World) -> None:
    from io import BytesIO

    content = as_text([make_row(urn="820001")]).encode()
    kept = store().put(BytesIO(content), largest=len(content))
    row = keep(UploadKind.SCHOOLS, "register.csv", kept.sha256, "999", by=world.users[ADMIN].id)
    db.session.commit()
    world.more["upload"] = row.id


def _upload(world: World) -> dict[str, Any]:
    return {"upload_id": world.more["upload"]}


ROWS = (
    Row("register.index", may(ADMIN)),
    # Without a file it comes back: test_register_pages.py sends some.
    Row("register.send", may(ADMIN, status=422), method="POST"),
    Row("register.show", may(ADMIN), url=_upload, prepare=_send),
    # What was looked over is not told, so it is shown again.
    Row("register.take_in", may(ADMIN, status=422), method="POST", url=_upload, prepare=_send),
    Row("register.put_away", may(ADMIN, status=303), method="POST", url=_upload, prepare=_send),
)
