"""Administrators: the partner services that people can be of."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.people import (
    partner_services,
    policies,
    role_choosing_queries,
)
from cop_site.people.forms import PartnerForm
from cop_site.people.views import bp
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.htmx import render
from cop_site.web.messages import say


@bp.route("/partners", methods=["GET", "POST"])
@role("administrator")
def partners() -> ResponseReturnValue:
    authorise(policies.can_manage_people(current_user))
    form = PartnerForm()
    if form.is_valid_post():
        try:
            with transaction():
                row = partner_services.add_partner(str(form.name.data), by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"{row.name} is added.")
            return redirect(url_for("people.partners"), 303)
    rows = role_choosing_queries.list_partners()
    status = 422 if form.is_submitted() else 200
    return render("people/partners.html", form=form, partners=rows, status=status)


@bp.route("/partners/<id:partner_id>", methods=["GET", "POST"])
@role("administrator")
def rename_partner(partner_id: int) -> ResponseReturnValue:
    authorise(policies.can_manage_people(current_user))
    was = partner_services.get_partner(partner_id).name
    form = PartnerForm(data={"name": was})
    if form.is_valid_post():
        try:
            with transaction():
                partner_services.rename_partner(partner_id, str(form.name.data), by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The name is corrected.")
            return redirect(url_for("people.partners"), 303)
    status = 422 if form.is_submitted() else 200
    return render("people/partner.html", was=was, form=form, status=status)
