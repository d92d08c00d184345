"""The inclusion lead says who supports a cluster, and until when."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.accounts import (
    assignment_queries,
    assignment_services,
    cluster_policies,
)
from cop_site.accounts.cluster_forms import AssignForm, CoverForm, EndForm
from cop_site.errors import DomainError
from cop_site.schools import cluster_queries
from cop_site.schools.cluster_models import Cluster
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.filters import short_date
from cop_site.web.first_day import FirstDayForm
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("cluster_people", __name__, url_prefix="/clusters/<slug>/people")


@bp.route("", methods=["GET", "POST"])
@role("inclusion_lead")
def assign(slug: str) -> ResponseReturnValue:
    authorise(cluster_policies.can_manage_clusters(current_user))
    cluster = cluster_queries.get_cluster(slug)
    form = AssignForm()
    form.offer(assignment_queries.list_assignable_people(), assignment_queries.list_kinds())
    if form.is_valid_post():
        try:
            with transaction():
                _assign(cluster, form)
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"Added to {cluster.name} from {short_date(form.starts_on.data)}.")
            return redirect(url_for("cluster_people.assign", slug=slug), 303)
    return render(
        "clusters/people.html",
        cluster=cluster,
        form=form,
        assignments=assignment_queries.list_assignments(cluster.id),
        today=clock.today(),
        status=422 if form.is_submitted() else 200,
    )


def _assign(cluster: Cluster, form: AssignForm) -> None:
    assignment_services.assign_person(
        cluster.id,
        int(form.person.data),
        form.kind.data,
        form.starts_on.data,
        by=current_user,
    )


@bp.route("/<id:assignment_id>/end", methods=["GET", "POST"])
@role("inclusion_lead")
def end(slug: str, assignment_id: int) -> ResponseReturnValue:
    authorise(cluster_policies.can_manage_clusters(current_user))
    cluster = cluster_queries.get_cluster(slug)
    assignment = assignment_queries.get_assignment(cluster.id, assignment_id)
    form = EndForm()
    if form.is_valid_post():
        try:
            with transaction():
                ended, covers = assignment_services.end_assignment(
                    cluster.id, assignment_id, form.last_day.data, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
            # The rollback unloaded it.
            assignment = assignment_queries.get_assignment(cluster.id, assignment_id)
        else:
            until = short_date(form.last_day.data)
            said = f"The last day is {until}." if ended else "It no longer begins."
            say(" ".join((said, *(f"The cover by {name} ends with it." for name in covers))))
            return redirect(url_for("cluster_people.assign", slug=slug), 303)
    status = 422 if form.is_submitted() else 200
    return render("clusters/end.html", cluster=cluster, row=assignment, form=form, status=status)


@bp.route("/<id:assignment_id>/first-day", methods=["GET", "POST"])
@role("inclusion_lead")
def correct_first_day(slug: str, assignment_id: int) -> ResponseReturnValue:
    authorise(cluster_policies.can_manage_clusters(current_user))
    cluster = cluster_queries.get_cluster(slug)
    assignment = assignment_queries.get_assignment(cluster.id, assignment_id)
    form = FirstDayForm(data={"first_day": assignment.starts_on})
    if form.is_valid_post():
        day, reason = form.first_day.data, str(form.reason.data)
        try:
            with transaction():
                assignment_services.correct_first_day(
                    cluster.id, assignment_id, day, by=current_user, reason=reason
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"The first day is {short_date(day)}.")
            return redirect(url_for("cluster_people.assign", slug=slug), 303)
    return _render_first_day(cluster, assignment_id, form)


def _render_first_day(
    cluster: Cluster, assignment_id: int, form: FirstDayForm
) -> ResponseReturnValue:
    # Read again: a rollback unloaded it.
    row = assignment_queries.get_assignment(cluster.id, assignment_id)
    url = url_for("cluster_people.assign", slug=cluster.slug)
    return render(
        "accounts/first_day.html",
        back={"url": url, "name": f"Who supports {cluster.name}"},
        who=row.person.name,
        what=f"{row.kind.name} of {cluster.name}",
        row=row,
        form=form,
        status=422 if form.is_submitted() else 200,
    )


@bp.route("/<id:assignment_id>/cover", methods=["GET", "POST"])
@role("inclusion_lead", "administrator")
def cover(slug: str, assignment_id: int) -> ResponseReturnValue:
    authorise(cluster_policies.can_arrange_cover(current_user))
    cluster = cluster_queries.get_cluster(slug)
    covered = assignment_queries.get_assignment(cluster.id, assignment_id)
    form = CoverForm(data={"starts_on": clock.today()})
    form.offer(assignment_queries.list_stand_ins(covered))
    if form.is_valid_post():
        try:
            with transaction():
                who, absent = _cover(cluster, assignment_id, form)
        except DomainError as error:
            form.refuse(error)
            # The rollback unloaded it.
            covered = assignment_queries.get_assignment(cluster.id, assignment_id)
        else:
            say(f"{who} covers for {absent} until {short_date(form.ends_on.data)}.")
            return redirect(url_for("clusters.show", slug=slug), 303)
    status = 422 if form.is_submitted() else 200
    return render("clusters/cover.html", cluster=cluster, row=covered, form=form, status=status)


def _cover(cluster: Cluster, assignment_id: int, form: CoverForm) -> tuple[str, str]:
    return assignment_services.cover_assignment(
        cluster.id,
        assignment_id,
        int(form.person.data),
        form.starts_on.data,
        form.ends_on.data,
        by=current_user,
    )
