"""Take a register: the list, a tap, somebody at the door, closing and reopening."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.attendance import policies, queries, school_queries, services
from cop_site.attendance.forms import CloseForm, ReopenForm, TapForm, WalkInForm
from cop_site.attendance.models import MarkKind
from cop_site.attendance.services import MarkedMeanwhileError
from cop_site.attendance.sheet_models import HeldSession
from cop_site.errors import DomainError, NotFoundError
from cop_site.events import policies as event_policies
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.filters import clock_time
from cop_site.web.forms import Form
from cop_site.web.htmx import after_post, render
from cop_site.web.messages import say

bp = Blueprint("attendance", __name__, url_prefix="/sessions/<id:session_id>/register")
ROW = "attendance/partials/tapped_row.html"
INCOMPLETE = "That tap did not reach us whole. Reload the page and try again."


def load_held(session_id: int) -> HeldSession:
    """The session, for somebody who may take its register."""
    held = queries.get_held_session(session_id, event_policies.visible_to(current_user))
    allowed = policies.can_take_register(current_user, held.event, held.facilitator_ids)
    authorise(allowed)
    return held


def _words() -> str:
    return request.args.get("q", "").strip()[:100]


def address(session_id: int, anchor: str | None = None) -> str:
    """The register's page, still narrowed to what the person searched for."""
    words = _words() or None
    return url_for("attendance.register", session_id=session_id, q=words, _anchor=anchor)


def sheet_page(held: HeldSession) -> dict[str, Any]:
    """What every page of a register needs."""
    sheet = queries.get_sheet(held, _words())
    return {
        "held": held,
        "sheet": sheet,
        "address": address,
        "can_merge": policies.can_merge(current_user),
    }


@bp.get("")
@signed_in
def register(session_id: int) -> ResponseReturnValue:
    page = sheet_page(load_held(session_id))
    return render("attendance/show.html", fragment="attendance/partials/people.html", **page)


@bp.post("")
@signed_in
def mark(session_id: int) -> ResponseReturnValue:
    load_held(session_id)
    form = TapForm()
    if not form.is_valid_post():
        raise DomainError(INCOMPLETE)
    try:
        with transaction():
            services.mark_person(session_id, form.tap, by=current_user)
    except NotFoundError:
        raise
    except DomainError as error:
        return _refused(session_id, form, error)
    return after_post(
        address(session_id, f"row-{form.tap.person_id}"),
        fragment=ROW,
        context=lambda: _row(session_id, form),
    )


def _row(session_id: int, form: TapForm) -> dict[str, Any]:
    """What one person's row needs after a tap."""
    page = sheet_page(load_held(session_id))
    row = page["sheet"].find_row(form.tap.person_id)
    if row is None:
        raise NotFoundError("That person is not on this register.")
    return {**page, "row": row, "refocus": form.is_from_menu}


def _refused(session_id: int, form: TapForm, error: DomainError) -> Response:
    """The row as it is now, and why the tap changed nothing."""
    note = error.sentence
    if isinstance(error, MarkedMeanwhileError):
        said = say_meanwhile(error.kind, error.by_user_id, error.by, error.at)
        note = f"{said}. Tap again to change it."
    page = _row(session_id, form)
    return render(
        "attendance/show.html", fragment=ROW, status=422, note=note, noted=page["row"], **page
    )


def say_meanwhile(kind: MarkKind, by_user_id: int | None, by: str, at: datetime) -> str:
    """Whose mark stands, and since when."""
    who = "you" if by_user_id == current_user.user_id else by or "somebody else"
    state = kind.name[:1].lower() + kind.name[1:]
    return f"Marked as {state} by {who} at {clock_time(at)}"


@bp.route("/walk-in", methods=["GET", "POST"])
@signed_in
def walk_in(session_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    if not held.can_mark and request.method == "GET":
        return redirect(address(session_id), 303)
    form = WalkInForm(request.args if "school_words" in request.args else None)
    form.offer(school_queries.list_likely_schools(held.event.cluster_id, form.words))
    is_sent = form.is_submitted() and "find" not in request.form
    if is_sent and form.validate():
        try:
            return _walked_in(session_id, form)
        except DomainError as error:
            form.refuse(error)
    return render(
        "attendance/walk_in.html",
        fragment="attendance/partials/school_choices.html",
        status=422 if is_sent else 200,
        held=held,
        form=form,
    )


def _walked_in(session_id: int, form: WalkInForm) -> ResponseReturnValue:
    with transaction():
        services.add_walk_in(session_id, form.walk_in, by=current_user)
    say(f"{form.walk_in.name} is added and marked here.")
    return redirect(address(session_id), 303)


@bp.route("/walk-in/<id:person_id>/remove", methods=["GET", "POST"])
@signed_in
def remove_walk_in(session_id: int, person_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    form = Form()
    if form.is_valid_post():
        try:
            with transaction():
                services.remove_walk_in(session_id, person_id, by=current_user)
        except NotFoundError:
            raise
        except DomainError as error:
            form.refuse(error)
        else:
            say("They are removed from the register.")
            return redirect(address(session_id), 303)
    page = sheet_page(held)
    row = page["sheet"].find_row(person_id)
    if row is None or not row.is_walk_in or (not held.can_mark and not form.is_submitted()):
        return redirect(address(session_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("attendance/remove_walk_in.html", form=form, row=row, status=status, **page)


@bp.route("/close", methods=["GET", "POST"])
@signed_in
def close(session_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    if not held.can_mark and request.method == "GET":
        return redirect(address(session_id), 303)
    form = CloseForm()
    if form.is_valid_post():
        try:
            with transaction():
                rest = bool(form.mark_rest.data)
                services.close_register(session_id, mark_rest=rest, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The register is closed.")
            return redirect(address(session_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("attendance/close.html", form=form, status=status, **sheet_page(held))


@bp.route("/reopen", methods=["GET", "POST"])
@signed_in
def reopen(session_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    if not held.is_closed and request.method == "GET":
        return redirect(address(session_id), 303)
    form = ReopenForm()
    if form.is_valid_post():
        try:
            with transaction():
                reason = str(form.reason.data)
                services.reopen_register(session_id, reason=reason, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The register is open again.")
            return redirect(address(session_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("attendance/reopen.html", form=form, held=held, status=status)
