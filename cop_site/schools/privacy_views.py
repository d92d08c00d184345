"""What everybody may read about the site: privacy notice, cookies, accessibility statement."""

from __future__ import annotations

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue

from cop_site.schools import retention_queries
from cop_site.web import cookies
from cop_site.web.access import public
from cop_site.web.htmx import render

bp = Blueprint("privacy", __name__)


@bp.get("/privacy")
@public
def notice() -> ResponseReturnValue:
    return render(
        "schools/privacy.html",
        all_kept=current_app.extensions["kept"],
        days=retention_queries.list_chosen_days(),
    )


@bp.get("/cookies")
@public
def list_cookies() -> ResponseReturnValue:
    return render(
        "schools/cookies.html",
        cookies=cookies.list_cookies(),
        notes=cookies.SESSION_NOTES,
        kept=cookies.KEPT_IN_BROWSER,
    )


@bp.get("/accessibility")
@public
def accessibility() -> ResponseReturnValue:
    return render("schools/accessibility.html")
