"""Schools that became others: an administrator moves what is current along."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.bookings import conversion_queries, conversion_services
from cop_site.bookings.conversion_forms import ConversionForm
from cop_site.errors import DomainError
from cop_site.schools import policies as schools_policies
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.filters import plural
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("conversions", __name__, url_prefix="/schools/conversions")


@bp.get("")
@role("administrator")
def index() -> ResponseReturnValue:
    authorise(schools_policies.can_import(current_user))
    return render("bookings/conversions.html", conversions=conversion_queries.list_conversions())


@bp.route("/<id:before_id>/<id:after_id>", methods=["GET", "POST"])
@role("administrator")
def move(before_id: int, after_id: int) -> ResponseReturnValue:
    authorise(schools_policies.can_import(current_user))
    form = ConversionForm()
    if form.is_valid_post():
        try:
            with transaction():
                moved = conversion_services.move_to_successor(
                    before_id, after_id, form.day.data, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            _tell(moved)
            return redirect(url_for("conversions.index"), 303)
    found = conversion_queries.get_conversion(before_id, after_id)
    if not form.is_submitted():
        form.day.data = form.day.data or found.day
    status = 422 if form.is_submitted() else 200
    return render("bookings/conversion.html", found=found, form=form, status=status)


def _tell(moved: conversion_services.Moved) -> None:
    parts = (
        plural(moved.people, "person", "people"),
        plural(moved.clusters, "cluster"),
        plural(moved.bookings, "booking"),
    )
    say(" ".join((f"Moved: {', '.join(parts)}.", *moved.stayed)))
