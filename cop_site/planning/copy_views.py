"""Copying an event, and the series that copies make."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.bookings import list_queries
from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.planning import copy_services
from cop_site.planning.forms import CopyForm
from cop_site.planning.views import bp, load_own
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


@bp.route("/events/<id:event_id>/copy", methods=["GET", "POST"])
@signed_in
def copy(event_id: int) -> ResponseReturnValue:
    event, form = load_own(event_id), CopyForm()
    if form.is_valid_post():
        try:
            with transaction():
                made = copy_services.copy_event(
                    event_id, form.day.data, str(form.key.data), by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say("The copy is saved as a draft. Look it over, then publish it.")
            return redirect(url_for("events.show", event_id=made.id), 303)
    status = 422 if form.is_submitted() else 200
    return render("planning/copy.html", form=form, event=event, status=status)


@bp.get("/events/<id:event_id>/series")
@signed_in
def series(event_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    others = list_queries.list_series(event, event_policies.visible_to(current_user))
    return render("planning/series.html", event=event, others=others)
