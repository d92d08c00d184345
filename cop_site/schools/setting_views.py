"""Settings without a URN, as an administrator enters them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError, StaleEditError
from cop_site.schools import browse_queries, queries, register_policies, setting_services
from cop_site.schools.models import School
from cop_site.schools.setting_forms import SettingForm
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("settings", __name__, url_prefix="/schools")


def _form() -> SettingForm:
    form = SettingForm()
    form.offer(browse_queries.list_filter_choices().phases)
    return form


@bp.route("/new", methods=["GET", "POST"])
@role("administrator")
def new() -> ResponseReturnValue:
    authorise(register_policies.can_import(current_user))
    form = _form()
    if form.is_valid_post():
        try:
            with transaction():
                saved = setting_services.add_setting(form.setting, by=current_user.user_id)
        except DomainError as error:
            form.refuse(error)
        else:
            return _to_page(saved)
    status = 422 if form.is_submitted() else 200
    return render("schools/setting.html", form=form, school=None, status=status)


@bp.route("/<id:school_id>/edit", methods=["GET", "POST"])
@role("administrator")
def edit(school_id: int) -> ResponseReturnValue:
    """Of the register's schools the register says what they are."""
    authorise(register_policies.can_import(current_user))
    form, more = _form(), dict[str, Any]()
    form.fill(setting_services.values_of(queries.get_setting(school_id)))
    if form.is_valid_post():
        try:
            with transaction():
                saved = setting_services.change_setting(
                    school_id, form.setting, seen=form.seen_stamp, by=current_user.user_id
                )
        except StaleEditError as error:
            theirs = setting_services.values_of(queries.get_setting(school_id))
            more["theirs"] = form.show_both(error, theirs)
        except DomainError as error:
            form.refuse(error)
        else:
            return _to_page(saved)
    more["school"] = queries.get_setting(school_id)
    status = 422 if form.is_submitted() else 200
    return render("schools/setting.html", form=form, status=status, **more)


def _to_page(saved: School) -> ResponseReturnValue:
    say(f"{saved.name} is saved.")
    return redirect(url_for("schools.show", school_id=saved.id), 303)
