"""Who may call what: moving what is current to a school's successor."""

from __future__ import annotations

from typing import Any

from cop_site.db import db
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus
from tests.integration.access.matrix import ADMIN, Row, World, may


def _link(world: World) -> None:
    """``world`` may be rows of another session by now, so the school is fetched."""
    db.session.get_one(School, world.school.id).status = SchoolStatus.CLOSED
    ids = {"school_id": world.school.id, "successor_id": world.other_school.id}
    db.session.add(SchoolLink(**ids, kind=SchoolLinkKind.SUCCESSOR))
    db.session.commit()


def _pair(world: World) -> dict[str, Any]:
    return {"before_id": world.school.id, "after_id": world.other_school.id}


ROWS = (
    Row("conversions.index", may(ADMIN)),
    Row("conversions.move", may(ADMIN), url=_pair, prepare=_link),
    Row("conversions.move", may(ADMIN, status=422), method="POST", url=_pair, prepare=_link),
)
