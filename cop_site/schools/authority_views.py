"""What the authority says of itself, as an administrator enters it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import NotFoundError
from cop_site.schools import authority_services, policies, queries
from cop_site.schools.authority_forms import AuthorityForm
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.panels import panels_for

bp = Blueprint("authority", __name__, url_prefix="/authority")


@bp.route("", methods=["GET", "POST"])
@role("administrator")
def edit() -> ResponseReturnValue:
    authorise(policies.can_manage_authority(current_user))
    form = AuthorityForm()
    form.fill(_saved())
    if form.saves(lambda: _change(form), _saved):
        say("Saved.")
        return redirect(url_for("authority.edit"), 303)
    status = 422 if form.is_submitted() else 200
    panels = panels_for("settings")
    return render("schools/authority.html", form=form, panels=panels, status=status)


def _change(form: AuthorityForm) -> None:
    authority_services.change_authority(form.details, seen=form.seen_stamp, by=current_user.user_id)


def _saved() -> dict[str, Any]:
    authority = queries.find_authority()
    if authority is None:
        raise NotFoundError("This site is not set up yet.")
    return asdict(authority_services.read_details(authority))
