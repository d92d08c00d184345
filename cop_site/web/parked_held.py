"""Forgetting somebody whose form was parked."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site.db import db
from cop_site.held import Eraser, Erasure
from cop_site.web.parking import ParkedForm


def _erase(erasure: Erasure) -> None:
    own = ParkedForm.user_id.in_(erasure.subject.user_ids)
    db.session.execute(sa.delete(ParkedForm).where(own))


ERASER = Eraser(covers=("parked_form.user_id",), erase=_erase)
