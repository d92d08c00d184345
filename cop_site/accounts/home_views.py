"""Home: what waits for this person, then what comes next. Other domains fill it with panels."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.panels import panels_for

bp = Blueprint("home", __name__)


@bp.get("/")
@signed_in
def show() -> ResponseReturnValue:
    return render(
        "accounts/home.html",
        todo=panels_for("todo"),
        panels=panels_for("home"),
        beside=panels_for("home_side"),
    )
