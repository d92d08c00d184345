"""Pages where the people who support a cluster write its notices."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.community import policies, queries, services
from cop_site.community.forms import NoticeForm, form_values, new_values
from cop_site.community.models import Notice
from cop_site.errors import DomainError, StaleEditError
from cop_site.schools import cluster_queries
from cop_site.schools.cluster_models import Cluster
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("community", __name__, url_prefix="/clusters/<slug>/notices")


def _load_cluster(slug: str) -> Cluster:
    cluster = cluster_queries.get_cluster(slug)
    authorise(policies.can_post(current_user, cluster.id))
    return cluster


def _page(
    cluster: Cluster, form: NoticeForm, notice: Notice | None, **more: Any
) -> ResponseReturnValue:
    status = 422 if form.is_submitted() else 200
    return render(
        "community/edit_notice.html",
        cluster=cluster,
        form=form,
        notice=notice,
        status=status,
        **more,
    )


def _back_to(cluster: Cluster, sentence: str) -> ResponseReturnValue:
    say(sentence)
    return redirect(url_for("clusters.show", slug=cluster.slug), 303)


@bp.route("/new", methods=["GET", "POST"])
@signed_in
def post_notice(slug: str) -> ResponseReturnValue:
    cluster = _load_cluster(slug)
    form = NoticeForm(data=new_values())
    if form.is_valid_post():
        try:
            with transaction():
                services.post_notice(cluster.id, form.details, by=current_user)
        except DomainError as error:
            form.refuse(error)
            cluster = _load_cluster(slug)
        else:
            return _back_to(cluster, "The notice is posted.")
    return _page(cluster, form, None)


@bp.route("/<id:notice_id>/edit", methods=["GET", "POST"])
@signed_in
def edit_notice(slug: str, notice_id: int) -> ResponseReturnValue:
    cluster = _load_cluster(slug)
    # Taken down while somebody typed: they are told so, with their text still there.
    notice = queries.get_notice(cluster.id, notice_id, with_removed=request.method == "POST")
    form = NoticeForm(data=form_values(services.read_details(notice), notice.edits))
    more: dict[str, Any] = {}
    if form.is_valid_post():
        try:
            with transaction():
                services.edit_notice(
                    cluster.id, notice_id, form.seen_edits, form.details, by=current_user
                )
            return _back_to(cluster, "The notice is saved.")
        except DomainError as error:
            form.refuse(error)
            cluster = _load_cluster(slug)
            notice = queries.get_notice(cluster.id, notice_id, with_removed=True)
            if isinstance(error, StaleEditError):
                more["theirs"] = _both_texts(form, notice)
    return _page(cluster, form, notice, **more)


def _both_texts(form: NoticeForm, notice: Notice) -> list[tuple[str, str]]:
    """What was saved meanwhile; saving once more is then deliberate."""
    form.edits.data = str(notice.edits)
    form.edits.raw_data = None
    return form.list_differences(services.read_details(notice))


@bp.route("/<id:notice_id>/take-down", methods=["GET", "POST"])
@signed_in
def remove_notice(slug: str, notice_id: int) -> ResponseReturnValue:
    cluster = _load_cluster(slug)
    form = NoticeForm()
    if form.is_submitted():
        with transaction():
            services.remove_notice(cluster.id, notice_id, by=current_user)
        return _back_to(cluster, "The notice is taken down.")
    notice = queries.get_notice(cluster.id, notice_id)
    return render("community/remove_notice.html", cluster=cluster, notice=notice)
