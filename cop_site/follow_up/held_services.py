"""Forgetting whom events' invitations went to."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.follow_up.models import Invited
from cop_site.held import Eraser, Erasure


def _erase(erasure: Erasure) -> None:
    theirs = Invited.person_id.in_(erasure.subject.person_ids)
    db.session.execute(sa.delete(Invited).where(theirs))


ERASER = Eraser(covers=("invited.person_id",), erase=_erase)
