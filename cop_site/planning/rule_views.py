"""The page of an event's booking rules."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.events import policies as event_policies
from cop_site.planning import rule_services
from cop_site.planning.rule_forms import RulesForm
from cop_site.planning.views import bp, load_event
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


def _saved(event_id: int) -> dict[str, Any]:
    return rule_services.values_of(rule_services.rules_of(load_event(event_id)))


@bp.route("/events/<id:event_id>/rules", methods=["GET", "POST"])
@signed_in
def rules(event_id: int) -> ResponseReturnValue:
    authorise(event_policies.can_edit(current_user, load_event(event_id)))
    form = RulesForm()
    form.fill(_saved(event_id))

    def change() -> None:
        rule_services.set_rules(event_id, form.rules, seen=form.seen_stamp, by=current_user)

    if form.saves(change, lambda: _saved(event_id)):
        say("The booking rules are saved.")
        return redirect(url_for("events.show", event_id=event_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("planning/rules.html", form=form, event=load_event(event_id), status=status)
