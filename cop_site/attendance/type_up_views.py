"""Type up a sheet that people signed."""

from __future__ import annotations

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import MultiDict

from cop_site.attendance import many_services, paper_queries, queries, school_queries
from cop_site.attendance.many_services import Clash, Typed
from cop_site.attendance.sheet_models import HeldSession, here_kind
from cop_site.attendance.type_up_forms import SIGNED, TypeUpForm
from cop_site.attendance.views import address, bp, load_held, say_meanwhile
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web import parking
from cop_site.web.access import signed_in
from cop_site.web.filters import plural
from cop_site.web.htmx import render
from cop_site.web.messages import say

NOT_LISTED = "They are not on this register any more, so nothing was saved"


def _read(held: HeldSession, typed: MultiDict[str, str]) -> TypeUpForm:
    paper = paper_queries.get_paper(held, queries.get_sheet(held))
    return TypeUpForm(paper, queries.list_kinds(), here_kind(held.option.mode), typed)


def _typed() -> MultiDict[str, str]:
    """What was sent now, or before signing in again."""
    parked = None if request.method == "POST" else parking.take_parked_form(current_user.user_id)
    return MultiDict(request.form if parked is None else parked)


def _page(held: HeldSession, form: TypeUpForm, *, said: str = "", status: int = 200) -> Response:
    schools = school_queries.list_to_offer(held.event.cluster_id)
    return render(
        "attendance/type_up.html", status=status, held=held, form=form, schools=schools, said=said
    )


@bp.route("/type-up", methods=["GET", "POST"])
@signed_in
def type_up(session_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    if not held.can_mark and request.method == "GET":
        return redirect(address(session_id), 303)
    form = _read(held, _typed())
    if not form.is_submitted() or form.goes_back:
        return _page(held, form)
    if not form.validate():
        return _page(held, form, status=422)
    if not form.wants_to_save:
        return render("attendance/type_up_check.html", held=held, form=form)
    try:
        with transaction():
            typed = many_services.save_paper(session_id, form.taps, form.walk_ins, by=current_user)
    except DomainError as error:
        held = load_held(session_id)
        form = _read(held, _typed())
        form.refuse(error)
        return _page(held, form, status=422)
    return _saved(session_id, typed)


def _saved(session_id: int, typed: Typed) -> ResponseReturnValue:
    """On to closing the register; first back to what could not be saved, if there is any."""
    said = plural(typed.marked, "person", "people") + " marked"
    said += f", {typed.added} added." if typed.added else "."
    said = said[:1].upper() + said[1:]
    held = load_held(session_id)
    if not typed.is_whole:
        return _page(held, _what_is_left(held, typed), said=said, status=422)
    if not held.has_started:
        say(said)
        return redirect(address(session_id), 303)
    say(f"{said} Close the register next, or go back to it.")
    return redirect(url_for("attendance.close", session_id=session_id), 303)


def _what_is_left(held: HeldSession, typed: Typed) -> TypeUpForm:
    """The sheet as it is by now, with what was not saved said at its row and line."""
    refused = {int(walk_in.tap_id.rpartition("-in")[2]): error for walk_in, error in typed.refused}
    kept = {
        name: values
        for name, values in request.form.lists()
        if any(name.startswith(f"line{number}-") for number in refused)
    }
    form = _read(held, MultiDict(kept))
    names = {kind.key: kind.name for kind in queries.list_kinds()}
    names[here_kind(held.option.mode)] = SIGNED
    form.note({one.tap.person_id: _say(one, names[one.tap.kind_key]) for one in typed.clashes})
    for line in form.lines:
        if line.number in refused:
            line.refuse(refused[line.number])
    return form


def _say(clash: Clash, chosen: str) -> str:
    if clash.at is None:
        return NOT_LISTED
    stands = say_meanwhile(clash.kind, clash.by_user_id, clash.by, clash.at)
    return f"{stands}. You typed: {chosen}"
