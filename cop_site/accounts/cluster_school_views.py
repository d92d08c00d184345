"""The inclusion lead moves schools into, between and out of clusters."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import cluster_policies
from cop_site.accounts.cluster_forms import AddForm, MoveForm, chosen_ids
from cop_site.errors import DomainError
from cop_site.schools import cluster_queries, cluster_services
from cop_site.schools.cluster_models import Cluster
from cop_site.schools.cluster_services import Moved
from cop_site.schools.models import School
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.filters import plural, short_date
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("cluster_schools", __name__, url_prefix="/clusters/<slug>/schools")

LONGEST_SEARCH = 100


@bp.route("", methods=["GET", "POST"])
@role("inclusion_lead")
def move(slug: str) -> ResponseReturnValue:
    """Schools of this cluster go to another one, or out."""
    authorise(cluster_policies.can_manage_clusters(current_user))
    cluster = cluster_queries.get_cluster(slug)
    memberships = cluster_queries.list_memberships(cluster.id)
    schools = {row.school_id: row.school for row in memberships}
    form = MoveForm()
    form.offer(list(schools.values()), _others(cluster))
    if form.is_valid_post():
        try:
            with transaction():
                moved = _move(form, cluster.id, form.target_id)
        except DomainError as error:
            form.refuse(error)
        else:
            return _moved(cluster, moved, form)
    status = 422 if form.is_submitted() else 200
    return render("clusters/move.html", cluster=cluster, form=form, status=status)


@dataclass(frozen=True)
class _Adding:
    """What the page for adding schools shows."""

    cluster: Cluster
    others: list[Cluster]
    source: Cluster | None
    search: str
    schools: list[School]


def _load_adding(slug: str) -> _Adding:
    cluster = cluster_queries.get_cluster(slug)
    others = _others(cluster)
    source = next((other for other in others if other.slug == request.args.get("from")), None)
    search = request.args.get("search", "").strip()[:LONGEST_SEARCH]
    schools = cluster_queries.list_schools_to_add(cluster, source, search)
    return _Adding(cluster, others, source, search, schools)


@bp.route("/add", methods=["GET", "POST"])
@role("inclusion_lead")
def add(slug: str) -> ResponseReturnValue:
    """Schools of another cluster, or of none, come into this one."""
    authorise(cluster_policies.can_manage_clusters(current_user))
    page = _load_adding(slug)
    form = AddForm()
    form.offer(page.schools)
    if form.is_valid_post():
        try:
            with transaction():
                moved = _move(form, page.source.id if page.source else None, page.cluster.id)
        except DomainError as error:
            form.refuse(error)
            # The rollback unloaded it.
            page = _load_adding(slug)
        else:
            return _moved(page.cluster, moved, form)
    longest = cluster_queries.LONGEST_CHOICE
    status = 422 if form.is_submitted() else 200
    return render("clusters/add.html", page=page, form=form, longest=longest, status=status)


def _others(cluster: Cluster) -> list[Cluster]:
    """The other clusters of the same kind: schools move between those."""
    lines = cluster_queries.list_clusters()
    alike = [line.cluster for line in lines if line.cluster.kind_key == cluster.kind_key]
    return [other for other in alike if other.id != cluster.id]


def _move(form: MoveForm | AddForm, source_id: int | None, target_id: int | None) -> Moved:
    return cluster_services.move_schools(
        chosen_ids(form),
        source_id=source_id,
        target_id=target_id,
        starts_on=form.starts_on.data,
        by=current_user.user_id,
    )


def _moved(cluster: Cluster, moved: Moved, form: MoveForm | AddForm) -> ResponseReturnValue:
    verb = "moves" if moved.count == 1 else "move"
    say(f"{plural(moved.count, 'school')} {verb} from {short_date(form.starts_on.data)}.")
    for sentence in moved.replaced:
        say(sentence)
    return redirect(url_for("clusters.show", slug=cluster.slug), 303)
