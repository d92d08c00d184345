"""My account: who I am here, my password, and where I am signed in."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import (
    own_proof,
    own_queries,
    passwords,
    queries,
    services,
    topic_policies,
    topic_queries,
)
from cop_site.accounts.forms import ChangePasswordForm, PasswordForm
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.panels import panels_for
from cop_site.web.parking import never_parked

bp = Blueprint("account", __name__, url_prefix="/account")


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    user_id = current_user.user_id
    return render(
        "account/show.html",
        sign_ins=queries.list_sign_ins(user_id),
        overview=own_queries.get_overview(user_id),
        offered=topic_policies.offered_to(current_user),
        unwanted=topic_queries.list_unwanted(user_id),
        panels=panels_for("account"),
    )


@bp.route("/password", methods=["GET", "POST"])
@signed_in
@never_parked
def change_password() -> ResponseReturnValue:
    has_password = queries.get_user(current_user.user_id).password_hash is not None
    form = ChangePasswordForm() if has_password else PasswordForm()
    if form.is_valid_post():
        try:
            _change_password(form)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Your password is changed. Every other device is signed out.")
            return redirect(url_for("account.show"), 303)
    status = 422 if form.is_submitted() else 200
    return render(
        "account/password.html",
        form=form,
        has_password=has_password,
        is_too_old=own_proof.is_too_old(),
        status=status,
    )


def _change_password(form: PasswordForm) -> None:
    """An open browser alone must not become a password that opens the account ever after."""
    own_proof.prove(str(form.data.get("current", "")))
    new = str(form.password.data)
    services.check_new_password(new, queries.list_names_around(current_user.user_id))
    hashed = passwords.hash_password(new)
    with transaction():
        services.change_password(current_user.user_id, hashed, sign_in_id=current_user.sign_in_id)


@bp.post("/devices/<id:sign_in_id>/sign-out")
@signed_in
def end_sign_in(sign_in_id: int) -> ResponseReturnValue:
    with transaction():
        services.end_own_sign_in(current_user.user_id, sign_in_id)
    say("That device is signed out.")
    return redirect(url_for("account.show"), 303)


@bp.post("/devices/sign-out-others")
@signed_in
def end_others() -> ResponseReturnValue:
    with transaction():
        services.end_sign_ins(
            current_user.user_id, why="signed out everywhere", but=current_user.sign_in_id
        )
    say("Every other device is signed out.")
    return redirect(url_for("account.show"), 303)
