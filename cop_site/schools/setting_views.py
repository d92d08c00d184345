"""Settings without a URN, as an administrator enters them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.schools import browse_queries, policies, queries, setting_services
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
    authorise(policies.can_import(current_user))
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
    authorise(policies.can_import(current_user))
    form = _form()
    form.fill(_saved(school_id))
    if form.saves(lambda: _change(school_id, form), lambda: _saved(school_id)):
        return _to_page(queries.get_setting(school_id))
    school, status = queries.get_setting(school_id), 422 if form.is_submitted() else 200
    return render("schools/setting.html", form=form, school=school, status=status)


def _change(school_id: int, form: SettingForm) -> None:
    setting_services.change_setting(
        school_id, form.setting, seen=form.seen_stamp, by=current_user.user_id
    )


def _saved(school_id: int) -> dict[str, Any]:
    return setting_services.values_of(queries.get_setting(school_id))


def _to_page(saved: School) -> ResponseReturnValue:
    say(f"{saved.name} is saved.")
    return redirect(url_for("schools.show", school_id=saved.id), 303)
