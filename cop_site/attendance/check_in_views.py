"""The code to check in by, for the wall or the screen; and checking in by it."""

from __future__ import annotations

import segno
from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from cop_site.attendance import check_in_queries, check_in_services
from cop_site.attendance.check_in_forms import CheckInForm, CodeForm
from cop_site.attendance.check_in_models import (
    find_code_bar,
    opens_at,
    read_code,
    spell_code,
)
from cop_site.attendance.check_in_services import WRONG
from cop_site.attendance.views import bp as register_bp
from cop_site.attendance.views import load_held
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("check_in", __name__, url_prefix="/here")
CHANGED = "Somebody else changed the code meanwhile. This is what stands now."


@register_bp.route("/code", methods=["GET", "POST"])
@signed_in
def code(session_id: int) -> ResponseReturnValue:
    """What hangs on the wall. A POST makes a code, or one instead of the one that was shown."""
    held = load_held(session_id)
    form = CodeForm()
    if form.is_valid_post():
        try:
            with transaction():
                check_in_services.make_code(session_id, instead_of=form.shown, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(url_for("attendance.code", session_id=session_id), 303)
    shown = check_in_queries.find_shown_code(session_id)
    return render(
        "attendance/code.html",
        fragment="attendance/partials/check_in_code.html",
        status=422 if form.is_submitted() else 200,
        **{"held": held, "form": form, "shown": shown, "opens_at": opens_at(held.session)},
        bar=find_code_bar(held.session, is_closed=held.is_closed),
        count=check_in_queries.count_checked_in(session_id),
        spell=spell_code,
        address=_address(),
        square=_draw(_address(shown.code)) if shown else None,
    )


def _address(code: str | None = None) -> str:
    """Where people check in, as the site is known to them and never as this request came."""
    path = url_for("check_in.here", code=code) if code else url_for("check_in.here")
    return f"{current_app.config['SITE_ADDRESS']}{path}"


def _draw(address: str) -> Markup:
    square = segno.make(address, error="m").svg_inline(
        border=4, omitsize=True, svgclass="check-in__square", lineclass=None
    )
    return Markup(square)  # noqa: S704 - drawn by us


@register_bp.post("/code/stop")
@signed_in
def stop_code(session_id: int) -> ResponseReturnValue:
    load_held(session_id)
    form = CodeForm()
    if form.is_valid_post() and form.shown:
        with transaction():
            check_in_services.stop_code(session_id, form.shown, by=current_user)
        say("Nobody can check in by that code any more.")
    return redirect(url_for("attendance.code", session_id=session_id), 303)


# Typed from a wall, perhaps with a slash at the end.
@bp.route("", methods=["GET", "POST"], strict_slashes=False)
@bp.get("/<code>", strict_slashes=False)
@signed_in
def here(code: str = "") -> ResponseReturnValue:
    """GET changes nothing, and does not say whether there is such a code: cameras and mail
    scanners look at addresses too."""
    form = CheckInForm()
    if form.is_valid_post():
        try:
            return _check_in(str(form.code.data))
        except DomainError as error:
            form.refuse(error)
    read = read_code(code)
    if read and not form.code.data:
        form.code.data = spell_code(read)
    status = 422 if form.is_submitted() else 200
    return render("attendance/here.html", form=form, status=status)


def _check_in(typed: str) -> ResponseReturnValue:
    with transaction():
        session_id = check_in_services.find_session(typed, by=current_user)
    if session_id is None:
        raise DomainError(WRONG, field="code")
    with transaction():
        is_new = check_in_services.check_in(session_id, typed, by=current_user)
    if not is_new:
        say("You were marked here already.")
    return redirect(url_for("check_in.marked", session_id=session_id), 303)


@bp.get("/marked/<id:session_id>")
@signed_in
def marked(session_id: int) -> ResponseReturnValue:
    own = check_in_queries.get_own_mark(session_id, current_user.person_id)
    return render("attendance/marked.html", own=own)
