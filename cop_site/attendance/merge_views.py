"""Say who somebody at the door was, and take it back."""

from __future__ import annotations

from flask import redirect
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.attendance import merge_queries, merge_services, policies
from cop_site.attendance.forms import SamePersonForm
from cop_site.attendance.views import address, bp, load_held, sheet_page
from cop_site.errors import DomainError, NotFoundError
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.messages import say


@bp.route("/walk-in/<id:person_id>/same-person", methods=["GET", "POST"])
@signed_in
def merge(session_id: int, person_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    authorise(policies.can_merge(current_user))
    mark = merge_queries.find_walk_in(session_id, person_id)
    if mark is None:
        raise NotFoundError(merge_services.NOBODY)
    form = SamePersonForm(merge_queries.list_candidates(held.session, mark))
    if form.is_valid_post():
        try:
            with transaction():
                merge_services.merge_walk_in(session_id, person_id, form.chosen, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Saved. The session stands in their record now.")
            return redirect(address(session_id, f"row-{person_id}"), 303)
    status = 422 if form.is_submitted() else 200
    page = sheet_page(load_held(session_id))
    row = page["sheet"].find_row(person_id)
    return render("attendance/same_person.html", form=form, row=row, status=status, **page)


@bp.post("/walk-in/<id:person_id>/stand-alone")
@signed_in
def undo_merge(session_id: int, person_id: int) -> ResponseReturnValue:
    load_held(session_id)
    authorise(policies.can_merge(current_user))
    if Form().is_valid_post():
        with transaction():
            merge_services.undo_merge(session_id, person_id, by=current_user)
        say("They count for themselves again.")
    return redirect(address(session_id, f"row-{person_id}"), 303)
