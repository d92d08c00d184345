"""Coming in for the first time: an invitation, and a new one for one that no longer works."""

from __future__ import annotations

from flask import request, url_for
from flask.typing import ResponseReturnValue

from cop_site import clock
from cop_site.accounts import (
    invitation_queries,
    invitation_services,
    link_services,
    passwords,
    queries,
    services,
)
from cop_site.accounts.forms import AcceptForm
from cop_site.accounts.link_services import LinkPurpose
from cop_site.accounts.views import bp, let_in
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web import welcome
from cop_site.web.access import own_path, public
from cop_site.web.forms import ButtonForm
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.timing import as_long_as_any


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@public
def accept_invitation(token: str) -> ResponseReturnValue:
    """GET changes nothing: mail scanners open every link."""
    form = AcceptForm()
    try:
        user_id = link_services.check_link(token, LinkPurpose.INVITATION)
        invited = invitation_queries.get_invited(user_id)
        if form.is_valid_post():
            return _come_in(token, user_id, form)
    except DomainError as error:
        if error.field is None:
            return render("accounts/invitation_over.html", given=token, status=410)
        form.refuse(error)
    status = 422 if form.is_submitted() else 200
    return render(
        "accounts/invitation.html",
        form=form,
        invited=invited,
        today=clock.today(),
        status=status,
    )


def _come_in(token: str, user_id: int, form: AcceptForm) -> ResponseReturnValue:
    """Hash outside the transaction, and only once the link was found to be good."""
    password = str(form.password.data or "")
    hashed = None
    if password:
        services.check_new_password(password, queries.list_names_around(user_id))
        hashed = passwords.hash_password(password)
    with transaction():
        user = invitation_services.accept(token, hashed)
    target = own_path(request.args.get("next")) or url_for("home.show")
    response = let_in(user.id, user.email, remember=bool(form.remember.data), target=target)
    welcome.expect_first_visit()
    say("You are in.")
    return response


@bp.post("/invitation/<token>/new")
@public
def renew_invitation(token: str) -> ResponseReturnValue:
    """The same words, after the same time, whether or not a new one goes out."""
    form = ButtonForm()
    try:
        with as_long_as_any(), transaction():
            services.count_request(request.remote_addr or "")
            invitation_services.renew(token)
    except DomainError as error:
        form.refuse(error)
        return render("accounts/invitation_over.html", given=token, form=form, status=422)
    return render("accounts/invitation_sent.html")


@bp.get("/invitation/<token>/new")
@public
def back_to_invitation(token: str) -> ResponseReturnValue:
    """For somebody who reloads the page after the button, or comes back to its address."""
    return render("accounts/invitation_over.html", given=token, status=410)
