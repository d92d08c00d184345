"""Settings without a URN, as an administrator enters them."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
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


def _save(form: SettingForm, school: School | None) -> ResponseReturnValue | None:
    """Where to go once it is saved; None where the form has to come back."""
    if not form.is_valid_post():
        return None
    by = current_user.user_id
    try:
        with transaction():
            if school is None:
                saved = setting_services.add_setting(form.setting, by=by)
            else:
                saved = setting_services.change_setting(school.id, form.setting, by=by)
    except DomainError as error:
        form.refuse(error)
        return None
    say(f"{form.name.data} is saved.")
    return redirect(url_for("schools.show", school_id=saved.id), 303)


@bp.route("/new", methods=["GET", "POST"])
@role("administrator")
def new() -> ResponseReturnValue:
    authorise(register_policies.can_import(current_user))
    form = _form()
    status = 422 if form.is_submitted() else 200
    return _save(form, None) or render(
        "schools/setting.html", form=form, school=None, status=status
    )


@bp.route("/<id:school_id>/edit", methods=["GET", "POST"])
@role("administrator")
def edit(school_id: int) -> ResponseReturnValue:
    """Of the register's schools the register says what they are."""
    authorise(register_policies.can_import(current_user))
    school = queries.get_setting(school_id)
    form = _form()
    if not form.is_submitted() and not form.name.data:
        form.show(school)
    status = 422 if form.is_submitted() else 200
    return _save(form, school) or render(
        "schools/setting.html",
        form=form,
        school=queries.get_setting(school_id),
        status=status,
    )
