"""Asking to be forgotten, and the list of who asked, for administrators."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import erasure_queries, erasure_services, own_queries
from cop_site.accounts.account_views import bp as account_bp
from cop_site.accounts.forms import SayNoForm
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("erasures", __name__, url_prefix="/erasure-requests")


@account_bp.get("/forget-me")
@signed_in
def forget_me() -> ResponseReturnValue:
    asked_at = own_queries.get_overview(current_user.user_id).erasure_asked_at
    return render("account/forget_me.html", asked_at=asked_at)


@account_bp.post("/forget-me")
@signed_in
def ask_to_be_forgotten() -> ResponseReturnValue:
    with transaction():
        erasure_services.ask(by=current_user)
    return redirect(url_for("account.forget_me"), 303)


@account_bp.post("/forget-me/take-back")
@signed_in
def take_erasure_back() -> ResponseReturnValue:
    with transaction():
        taken_back = erasure_services.take_back(by=current_user)
    say("Your request is taken back." if taken_back else "There is no open request of yours.")
    return redirect(url_for("account.show"), 303)


@bp.get("")
@role("administrator")
def index() -> ResponseReturnValue:
    return render("accounts/erasure_requests.html", requests=erasure_queries.list_open())


@bp.route("/<id:user_id>/no", methods=["GET", "POST"])
@role("administrator")
def say_no(user_id: int) -> ResponseReturnValue:
    asked = erasure_queries.find_asking(user_id)
    authorise(user_id != current_user.user_id)
    form = SayNoForm()
    if form.is_valid_post():
        try:
            with transaction():
                erasure_services.say_no(user_id, str(form.reason.data), by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The request is answered, and they are told why.")
            return redirect(url_for("erasures.index"), 303)
    status = 422 if form.is_submitted() else 200
    return render("accounts/erasure_no.html", asked=asked, form=form, status=status)
