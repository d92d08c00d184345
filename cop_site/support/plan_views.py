"""Planned minutes of clusters, and what was delivered against them."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError
from cop_site.support import plan_queries, plan_services, policies
from cop_site.support.decision_forms import EndPlanForm, PlanForm
from cop_site.support.delivery_models import say_minutes
from cop_site.support.views import bp
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.routing import read_id


@bp.get("/plans")
@signed_in
def plans() -> ResponseReturnValue:
    authorise(policies.keeps_log(current_user))
    own = None if current_user.is_lead else current_user.supported_clusters
    return render(
        "support/plans.html",
        fragment="support/partials/plan_table.html",
        board=plan_queries.load_board(own, read_id(request.args.get("term"))),
        can_edit=policies.can_edit_plans(current_user),
        say_minutes=say_minutes,
    )


@bp.route("/plans/new", methods=["GET", "POST"])
@signed_in
def new_plan() -> ResponseReturnValue:
    authorise(policies.can_edit_plans(current_user))
    clusters = plan_queries.list_cluster_names()
    data = {"cluster_id": request.args.get("cluster", ""), "starts_on": clock.today()}
    form = PlanForm(clusters, data=data)
    if form.is_valid_post():
        try:
            with transaction():
                plan_services.set_plan(
                    int(str(form.cluster_id.data)),
                    form.starts_on.data,
                    form.ends_on.data,
                    int(form.minutes_a_week.data),
                    by=current_user,
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say("The plan is saved.")
            return redirect(url_for("support.plans"), 303)
    status = 422 if form.is_submitted() else 200
    return render("support/plan.html", form=form, status=status)


@bp.route("/plans/<id:plan_id>/end", methods=["GET", "POST"])
@signed_in
def end_plan(plan_id: int) -> ResponseReturnValue:
    authorise(policies.can_edit_plans(current_user))
    plan = plan_queries.get_plan(plan_id)
    form = EndPlanForm(data={"ends_on": plan.ends_on or clock.today()})
    if form.is_valid_post():
        try:
            with transaction():
                plan_services.end_plan(plan_id, form.ends_on.data, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The plan has its last day.")
            return redirect(url_for("support.plans"), 303)
    status = 422 if form.is_submitted() else 200
    return render("support/end_plan.html", form=form, plan=plan, status=status)
