"""Clusters: which schools are in them and who supports them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.accounts import (
    assignment_queries,
    cluster_history_models,
    cluster_policies,
)
from cop_site.accounts.assignment_queries import Supporter
from cop_site.accounts.cluster_forms import ClusterForm, EditForm
from cop_site.accounts.cluster_history_models import Stay
from cop_site.errors import DomainError
from cop_site.schools import cluster_queries, cluster_services
from cop_site.schools import policies as schools_policies
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.panels import panels_for

bp = Blueprint("clusters", __name__, url_prefix="/clusters")


@bp.get("")
@signed_in
def browse() -> ResponseReturnValue:
    """Every kind of cluster, or the one asked for."""
    supporters: dict[int, list[Supporter]] = {}
    for supporter in assignment_queries.list_supporters():
        supporters.setdefault(supporter.cluster_id, []).append(supporter)
    lines = cluster_queries.list_clusters()
    kinds = cluster_queries.kinds_of(lines)
    asked = request.args.get("kind", "")
    kind = asked if asked in kinds else ""
    return render(
        "clusters/browse.html",
        lines=[line for line in lines if kind in ("", line.cluster.kind_key)],
        kinds=list(kinds.items()),
        kind=kind,
        supporters=supporters,
        can_manage=cluster_policies.can_manage_clusters(current_user),
        can_manage_kinds=schools_policies.can_manage_kinds(current_user),
    )


@bp.get("/<slug>")
@signed_in
def show(slug: str) -> ResponseReturnValue:
    cluster = cluster_queries.get_cluster(slug)
    memberships = cluster_queries.list_memberships(cluster.id)
    today = clock.today()
    held = [row for row in memberships if row.starts_on <= today]
    members, closed = cluster_queries.part_closed(held, today)
    school_ids = {row.school_id for row in held}
    supporters = assignment_queries.list_supporters([cluster.id])
    return render(
        "clusters/show.html",
        cluster=cluster,
        members=members,
        closed=closed,
        joining=[row for row in memberships if row.starts_on > today],
        leaving=[row for row in held if row.ends_on],
        supporters=[
            (person, cluster_policies.can_see_address(current_user, person, school_ids))
            for person in supporters
        ],
        can_manage=cluster_policies.can_manage_clusters(current_user),
        can_arrange_cover=cluster_policies.can_arrange_cover(current_user),
        panels=panels_for("cluster", cluster),
        beside=panels_for("cluster_side", cluster),
    )


@bp.get("/<slug>/history")
@signed_in
def history(slug: str) -> ResponseReturnValue:
    """What is over and what is ahead. What holds today is on the cluster's page."""
    cluster, today = cluster_queries.get_cluster(slug), clock.today()
    stays = [
        *(
            Stay(row.school.name, row.starts_on, row.ends_on)
            for row in cluster_queries.list_memberships(cluster.id, date.min)
        ),
        *(
            Stay(row.person.name, row.starts_on, row.ends_on, row.kind.name)
            for row in assignment_queries.list_assignments(cluster.id, date.min)
        ),
    ]
    return render(
        "clusters/history.html",
        cluster=cluster,
        ahead=cluster_history_models.tell_ahead(stays, today),
        past=cluster_history_models.tell_past(stays, today),
    )


@bp.route("/new", methods=["GET", "POST"])
@role("inclusion_lead")
def create() -> ResponseReturnValue:
    authorise(cluster_policies.can_manage_clusters(current_user))
    form = ClusterForm()
    form.offer(cluster_queries.list_kinds())
    if form.is_valid_post():
        try:
            with transaction():
                cluster = cluster_services.create_cluster(
                    str(form.name.data),
                    form.kind.data,
                    form.about.data or "",
                    by=current_user.user_id,
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"{cluster.name} is created. Add its schools and its people.")
            return redirect(url_for("clusters.show", slug=cluster.slug), 303)
    return render("clusters/new.html", form=form, status=422 if form.is_submitted() else 200)


@bp.route("/<slug>/edit", methods=["GET", "POST"])
@role("inclusion_lead")
def edit(slug: str) -> ResponseReturnValue:
    """Its kind stays: memberships rest on it. So does its address: links to it must hold."""
    authorise(cluster_policies.can_manage_clusters(current_user))
    cluster, form = cluster_queries.get_cluster(slug), EditForm()
    form.fill(cluster_services.values_of(cluster))
    if form.saves(lambda: _change(cluster.id, form), lambda: _saved(slug)):
        say("Saved.")
        return redirect(url_for("clusters.show", slug=slug), 303)
    status = 422 if form.is_submitted() else 200
    name = cluster_queries.get_cluster(slug).name
    return render("clusters/edit.html", form=form, slug=slug, name=name, status=status)


def _change(cluster_id: int, form: EditForm) -> None:
    cluster_services.change_cluster(
        cluster_id, **form.values, seen=form.seen_stamp, by=current_user.user_id
    )


def _saved(slug: str) -> dict[str, Any]:
    return cluster_services.values_of(cluster_queries.get_cluster(slug))
