"""For whoever watches the servers."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Blueprint
from flask.typing import ResponseReturnValue

from cop_site.db import db
from cop_site.web.access import public

bp = Blueprint("health", __name__, url_prefix="/health")


@bp.get("/live")
@public
def live() -> ResponseReturnValue:
    """The process answers."""
    return {"status": "ok"}


@bp.get("/ready")
@public
def ready() -> ResponseReturnValue:
    """The database answers too; the error handler makes it a 503 where it does not."""
    db.session.execute(sa.select(1))
    return {"status": "ok"}
