"""The page of whom an event is for and who leads it."""

from __future__ import annotations

from typing import Any

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts.assignment_queries import list_assignable_people
from cop_site.events import policies as event_policies
from cop_site.events import tag_queries
from cop_site.planning import audience_services
from cop_site.planning.audience_forms import PlanForm
from cop_site.planning.views import bp, load_event, load_own
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


@bp.route("/events/<id:event_id>/plan", methods=["GET", "POST"])
@signed_in
def plan(event_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    known = audience_services.read_plan(event)
    choices = tag_queries.list_tag_values(known.tags)
    leading = {one.person_id: one.person.name for one in event.facilitators}
    people = list((leading | dict(list_assignable_people())).items())
    may = event_policies.can_say_who_runs(current_user, event, known.facilitators)
    form = PlanForm(people, choices, fixed=None if may else known.facilitators)
    form.fill(audience_services.plan_values(known, choices))

    def saved() -> dict[str, Any]:
        now = audience_services.read_plan(load_event(event_id))
        return audience_services.plan_values(now, tag_queries.list_tag_values(now.tags))

    if form.saves(
        lambda: audience_services.save_plan(
            event_id, form.plan, seen=form.seen_stamp, by=current_user
        ),
        saved,
    ):
        say("Your changes are saved. The event’s page shows them.")
        return redirect(url_for("events.show", event_id=event_id), 303)
    keeps = event_policies.can_manage_tags(current_user)
    status = 422 if form.is_submitted() else 200
    return render("planning/plan.html", form=form, event=event, keeps_tags=keeps, status=status)
