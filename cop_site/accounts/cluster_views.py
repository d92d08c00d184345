"""Clusters: which schools are in them and who supports them."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.accounts import (
    assignment_queries,
    cluster_policies,
)
from cop_site.accounts.assignment_queries import Supporter
from cop_site.accounts.cluster_forms import ClusterForm
from cop_site.errors import DomainError
from cop_site.schools import cluster_queries, cluster_services
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.panels import panels_for

bp = Blueprint("clusters", __name__, url_prefix="/clusters")


@bp.get("")
@signed_in
def browse() -> ResponseReturnValue:
    supporters: dict[int, list[Supporter]] = {}
    for supporter in assignment_queries.list_supporters():
        supporters.setdefault(supporter.cluster_id, []).append(supporter)
    return render(
        "clusters/browse.html",
        lines=cluster_queries.list_clusters(),
        supporters=supporters,
        can_manage=cluster_policies.can_manage_clusters(current_user),
    )


@bp.get("/<slug>")
@signed_in
def show(slug: str) -> ResponseReturnValue:
    cluster = cluster_queries.get_cluster(slug)
    memberships = cluster_queries.list_memberships(cluster.id)
    today = clock.today()
    members = [row for row in memberships if row.starts_on <= today]
    school_ids = {row.school_id for row in members}
    supporters = assignment_queries.list_supporters([cluster.id])
    return render(
        "clusters/show.html",
        cluster=cluster,
        members=members,
        joining=[row for row in memberships if row.starts_on > today],
        leaving=[row for row in members if row.ends_on],
        supporters=[
            (person, cluster_policies.can_see_address(current_user, person, school_ids))
            for person in supporters
        ],
        can_manage=cluster_policies.can_manage_clusters(current_user),
        panels=panels_for("cluster", cluster),
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
