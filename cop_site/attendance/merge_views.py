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

IN_RECORD = "Saved. The session stands in their record now."
IN_OWN_ROW = "Saved. The mark stands in their own row now."


@bp.route("/walk-in/<id:person_id>/same-person", methods=["GET", "POST"])
@signed_in
def merge(session_id: int, person_id: int) -> ResponseReturnValue:
    held = load_held(session_id)
    authorise(policies.can_merge(current_user))
    mark = merge_queries.find_walk_in(session_id, person_id)
    if mark is None:
        return _gone(session_id, person_id)
    people = merge_queries.list_candidates(held.session, mark)
    form = SamePersonForm(people, can_mark=held.can_mark)
    if form.is_valid_post():
        try:
            with transaction():
                stands = merge_services.merge_walk_in(
                    session_id, person_id, form.chosen, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            is_same_row = stands == person_id
            say(IN_RECORD if is_same_row else IN_OWN_ROW)
            return redirect(address(session_id, f"row-{stands}"), 303)
    status = 422 if form.is_submitted() else 200
    page = sheet_page(load_held(session_id))
    row = page["sheet"].find_row(person_id)
    return render("attendance/same_person.html", form=form, row=row, status=status, **page)


def _gone(session_id: int, person_id: int) -> ResponseReturnValue:
    """Sent again, once the mark is in their own row."""
    stands = merge_queries.find_moved_to(session_id, person_id)
    if stands is None:
        raise NotFoundError(merge_services.NOBODY)
    return redirect(address(session_id, f"row-{stands}"), 303)


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
