"""What is done with an action: marked done, taken back, moved, dropped."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError, NotFoundError
from cop_site.support import action_queries, action_services, policies
from cop_site.support.decision_forms import DropForm, MoveForm
from cop_site.support.models import Action
from cop_site.support.shown_actions import show_actions
from cop_site.support.views import bp
from cop_site.transaction import transaction
from cop_site.web.access import authorise, own_path, signed_in
from cop_site.web.htmx import after_post, render, wants_fragment
from cop_site.web.messages import say
from cop_site.web.pagination import PAGE_SIZE, Page, page_address, page_number
from cop_site.web.routing import read_id

ROW = "support/partials/action.html"


def _load(action_id: int) -> Action:
    action = action_queries.get_action(action_id)
    if not policies.can_see_action(current_user, action):
        raise NotFoundError("There is no such action.")
    return action


def _where_from(action: Action) -> str:
    """The page that the person was on, else the log they read."""
    fallback = url_for("support.show", entry_id=action.entry_id)
    if not policies.keeps_log(current_user):
        fallback = url_for("support.agreed")
    return own_path(request.form.get("back")) or fallback


@bp.get("/actions")
@signed_in
def actions() -> ResponseReturnValue:
    """Every open action that somebody may see; of one cluster or school, or their own."""
    authorise(policies.keeps_log(current_user) or policies.reads_agreements(current_user))
    asked = {
        Action.cluster_id: read_id(request.args.get("cluster")),
        Action.school_id: read_id(request.args.get("school")),
        Action.person_id: current_user.person_id if "mine" in request.args else None,
    }
    narrowed = [column == id_ for column, id_ in asked.items() if id_ is not None]
    seen, number = policies.seen_actions(current_user), page_number()
    found = action_queries.list_open(seen, *narrowed, page=number, size=PAGE_SIZE)
    return render(
        "support/actions.html",
        page=Page(show_actions(current_user, found.rows), number, found.total),
        back=page_address(number),
        keeps_log=policies.keeps_log(current_user),
    )


@bp.post("/actions/<id:action_id>/done")
@signed_in
def mark(action_id: int) -> ResponseReturnValue:
    """Done, or with ``undo`` not done after all."""
    action = _load(action_id)
    authorise(policies.can_mark_done(current_user, action))
    is_undone = request.form.get("undo") == "1"
    with transaction():
        verb = action_services.mark_not_done if is_undone else action_services.mark_done
        verb(action_id, by=current_user)
    if not wants_fragment():
        # The row itself says so where no new page is loaded.
        say(f"{'Open again' if is_undone else 'Done'}: {action.what}")
    back = _where_from(action)
    return after_post(
        f"{back}#action-{action_id}", fragment=ROW, context=lambda: _fresh_row(action_id, back)
    )


def _fresh_row(action_id: int, back: str) -> dict[str, Any]:
    row = show_actions(current_user, [_load(action_id)])[0]
    return {"row": row, "back": back, "is_fresh": True}


@bp.route("/actions/<id:action_id>/move", methods=["GET", "POST"])
@signed_in
def move(action_id: int) -> ResponseReturnValue:
    action = _load(action_id)
    authorise(policies.can_move(current_user, action))
    form = MoveForm(data={"due_on": action.due_on.isoformat()})
    if form.is_valid_post() and form.due_on.day:
        try:
            with transaction():
                action_services.move_action(action_id, form.due_on.day, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The action has its new date.")
            return redirect(_where_from(action), 303)
    status = 422 if form.is_submitted() else 200
    return render("support/move_action.html", form=form, action=action, status=status)


@bp.route("/actions/<id:action_id>/drop", methods=["GET", "POST"])
@signed_in
def drop(action_id: int) -> ResponseReturnValue:
    action = _load(action_id)
    authorise(policies.can_move(current_user, action))
    form = DropForm()
    if form.is_valid_post():
        with transaction():
            action_services.drop_action(action_id, str(form.reason.data), by=current_user)
        say("The action is taken off the lists, and kept with your reason.")
        return redirect(_where_from(action), 303)
    status = 422 if form.is_submitted() else 200
    return render("support/drop_action.html", form=form, action=action, status=status)
