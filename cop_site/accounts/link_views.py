"""Links by email: to sign in without a password, and to set a forgotten one."""

from __future__ import annotations

from flask import request
from flask.typing import ResponseReturnValue

from cop_site.accounts import (
    link_services,
    services,
)
from cop_site.accounts.forms import AskLinkForm, OpenLinkForm
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.views import bp, let_in
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import public
from cop_site.web.htmx import render
from cop_site.web.timing import as_long_as_any


def _ask(purpose: LinkPurpose) -> ResponseReturnValue:
    """The same words, after the same work, whether or not somebody has this address."""
    form = AskLinkForm()
    if form.is_valid_post():
        email = str(form.email.data)
        try:
            with as_long_as_any(), transaction():
                services.count_request(request.remote_addr or "")
                link_services.send_link(email, purpose)
        except DomainError as error:
            form.refuse(error)
        else:
            minutes = round(link_services.LASTS[purpose].total_seconds() / 60)
            return render("accounts/link_sent.html", email=email, minutes=minutes)
    status = 422 if form.is_submitted() else 200
    return render("accounts/ask_link.html", form=form, purpose=purpose.value, status=status)


@bp.route("/sign-in/link", methods=["GET", "POST"])
@public
def ask_link() -> ResponseReturnValue:
    return _ask(LinkPurpose.SIGN_IN)


@bp.route("/forgot-password", methods=["GET", "POST"])
@public
def forgot_password() -> ResponseReturnValue:
    return _ask(LinkPurpose.SET_PASSWORD)


@bp.route("/sign-in/link/<token>", methods=["GET", "POST"])
@public
def open_link(token: str) -> ResponseReturnValue:
    """GET shows a button and changes nothing: mail scanners open every link."""
    form = OpenLinkForm()
    try:
        if form.is_valid_post():
            with transaction():
                user = link_services.use_link(token, LinkPurpose.SIGN_IN)
            return let_in(user.id, user.email, remember=bool(form.remember.data))
        link_services.check_link(token, LinkPurpose.SIGN_IN)
    except DomainError:
        return render("accounts/link_run_out.html", status=410)
    return render("accounts/open_link.html", form=form)
