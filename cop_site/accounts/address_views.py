"""Changing one's email address: asked for in my account, confirmed at both boxes."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import (
    address_services,
    own_proof,
)
from cop_site.accounts.account_views import bp as account_bp
from cop_site.accounts.address_forms import AddressForm, ProvenAddressForm
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.views import bp
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import public, signed_in
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.parking import never_parked
from cop_site.web.timing import as_long_as_any


@account_bp.route("/email", methods=["GET", "POST"])
@signed_in
@never_parked
def change_address() -> ResponseReturnValue:
    form = ProvenAddressForm() if own_proof.asks_password() else AddressForm()
    if form.is_valid_post():
        try:
            _ask(form)
        except DomainError as error:
            form.refuse(error)
        else:
            return render("account/email_sent.html", email=str(form.email.data).lower())
    return render(
        "account/email.html",
        form=form,
        is_too_old=own_proof.is_too_old(),
        status=422 if form.is_submitted() else 200,
    )


def _ask(form: Form) -> None:
    """The same work, and as long, whether or not somebody has the new address."""
    own_proof.prove(str(form.data.get("current", "")))
    with as_long_as_any(), transaction():
        address_services.ask(str(form.data["email"]), by=current_user)


@bp.route("/email-address/<token>", methods=["GET", "POST"])
@public
def confirm_address(token: str) -> ResponseReturnValue:
    """GET shows a button and changes nothing: mail scanners open every link."""
    form = Form()
    try:
        change, purpose = address_services.look(token)
        new_email, is_old = change.new_email, purpose is LinkPurpose.ADDRESS_OLD
        if form.is_valid_post():
            with transaction():
                done = address_services.confirm(token, keep=_own_sign_in())
            return render("account/email_confirmed.html", done=done, email=new_email, is_old=is_old)
    except DomainError as error:
        return render("account/email_run_out.html", sentence=error.sentence, status=410)
    return render("account/email_confirm.html", email=new_email, is_old=is_old, token_=token)


def _own_sign_in() -> int | None:
    """This browser's; another account's is left alone by itself."""
    return current_user.sign_in_id if current_user.is_authenticated else None


@bp.post("/email-address/<token>/stop")
@public
def stop_address(token: str) -> ResponseReturnValue:
    try:
        with transaction():
            address_services.stop(token)
    except DomainError as error:
        return render("account/email_run_out.html", sentence=error.sentence, status=410)
    say("Your email address stays as it is. Every device is signed out.")
    return redirect(url_for("accounts.forgot_password"), 303)
