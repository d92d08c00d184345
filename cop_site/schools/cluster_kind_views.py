"""Kinds of cluster, as administrators keep them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.schools import cluster_kind_services as services
from cop_site.schools import cluster_queries, policies
from cop_site.schools.cluster_kind_forms import KindForm
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("cluster_kinds", __name__, url_prefix="/clusters/kinds")


@bp.route("", methods=["GET", "POST"])
@role("administrator")
def index() -> ResponseReturnValue:
    authorise(policies.can_manage_kinds(current_user))
    form = KindForm()
    if form.is_valid_post():
        try:
            with transaction():
                services.add_kind(
                    str(form.name.data), exclusive=form.exclusive.data, by=current_user.user_id
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"{form.name.data} is added.")
            return redirect(url_for("cluster_kinds.index"), 303)
    status = 422 if form.is_submitted() else 200
    kinds = cluster_queries.list_counted_kinds()
    return render("schools/cluster_kinds.html", form=form, kinds=kinds, status=status)


@bp.route("/<key>", methods=["GET", "POST"])
@role("administrator")
def rename(key: str) -> ResponseReturnValue:
    authorise(policies.can_manage_kinds(current_user))
    form = KindForm()
    form.fill(_saved(key))
    if form.saves(lambda: _rename(key, form), lambda: _saved(key)):
        say("The name is saved.")
        return redirect(url_for("cluster_kinds.index"), 303)
    status = 422 if form.is_submitted() else 200
    name = cluster_queries.get_kind(key).name
    return render("schools/cluster_kind.html", form=form, name=name, status=status)


def _rename(key: str, form: KindForm) -> None:
    services.rename_kind(key, str(form.name.data), seen=form.seen_stamp, by=current_user.user_id)


def _saved(key: str) -> dict[str, Any]:
    return services.values_of(cluster_queries.get_kind(key))


@bp.post("/<key>/retire")
@role("administrator")
def retire(key: str) -> ResponseReturnValue:
    authorise(policies.can_manage_kinds(current_user))
    with transaction():
        kind = services.retire_kind(key, by=current_user.user_id)
    say(f"{kind.name} is retired. No new cluster can be of this kind.")
    return redirect(url_for("cluster_kinds.index"), 303)


@bp.post("/<key>/restore")
@role("administrator")
def restore(key: str) -> ResponseReturnValue:
    authorise(policies.can_manage_kinds(current_user))
    with transaction():
        kind = services.restore_kind(key, by=current_user.user_id)
    say(f"{kind.name} is in use again.")
    return redirect(url_for("cluster_kinds.index"), 303)
