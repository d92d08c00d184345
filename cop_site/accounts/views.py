"""Sign in, sign out, set a password."""

from __future__ import annotations

from flask import Blueprint, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import (
    half_sign_in,
    known_browser,
    link_services,
    passwords,
    queries,
    second_step_queries,
    services,
)
from cop_site.accounts.forms import PasswordForm, SignInForm
from cop_site.accounts.link_services import LinkPurpose
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web import parking
from cop_site.web.access import own_path, public, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("accounts", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    target = own_path(request.args.get("next")) or url_for("home.show")
    if current_user.is_authenticated and request.method == "GET":
        return redirect(target, 303)
    form = SignInForm()
    if form.is_valid_post():
        try:
            return _signed_in(form, target)
        except DomainError as error:
            form.refuse(error)
    status = 422 if form.is_submitted() else 200
    return render("accounts/sign_in.html", form=form, parked="parked" in session, status=status)


def _signed_in(form: SignInForm, target: str) -> ResponseReturnValue:
    """Count the try, look at the password outside any transaction, then let the person in."""
    email = str(form.email.data)
    device = known_browser.find_secret(email)
    with transaction():
        services.count_guess(email, device=device, address=request.remote_addr or "")
    opened = services.check_password(email, str(form.password.data))
    with transaction():
        services.keep_better_hash(opened)
    return let_in(opened.user_id, email, remember=bool(form.remember.data), target=target)


def let_in(user_id: int, email: str, *, remember: bool, target: str = "/") -> ResponseReturnValue:
    """The first step is done: ask for the second where the account has one, else go on."""
    if second_step_queries.has_second_step(user_id):
        half_sign_in.begin(user_id, email, remember=remember, target=target)
        return redirect(url_for("accounts.enter_code"), 303)
    return start(user_id, email, remember=remember, target=target)


def start(user_id: int, email: str, *, remember: bool, target: str) -> ResponseReturnValue:
    """Start a sign-in on this browser, in place of one that is there, and go on to ``target``."""
    with transaction():
        if current_user.is_authenticated:
            # The cookie forgets it, so nobody could end it any more.
            services.end_sign_in(current_user.sign_in_id, why="signed in again")
        token = services.start_sign_in(user_id, remember=remember, device=str(request.user_agent))
    _fill_cookie(user_id, token, remember=remember)
    response = redirect(target, 303)
    known_browser.remember(response, email)
    return response


def _fill_cookie(user_id: int, token: str, *, remember: bool) -> None:
    """A fresh cookie; a parked form stays in it only for the person who typed it."""
    parked = session.get("parked") if session.get("owner") == user_id else None
    session.clear()
    session["_user_id"] = token
    session.permanent = remember
    parking.remember_owner(user_id)
    if parked:
        session["parked"] = parked


@bp.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    with transaction():
        services.end_sign_in(current_user.sign_in_id, why="signed out")
    session.clear()
    say("You are signed out.")
    return redirect(url_for("accounts.sign_in"), 303)


@bp.get("/sign-out")
@public
def sign_out_page() -> ResponseReturnValue:
    """For somebody who types the address or comes back to it: GET changes nothing."""
    if not current_user.is_authenticated:
        return redirect(url_for("accounts.sign_in"), 303)
    return render("accounts/sign_out.html")


@bp.route("/set-password/<token>", methods=["GET", "POST"])
@public
def set_password(token: str) -> ResponseReturnValue:
    form = PasswordForm()
    if form.is_valid_post():
        password = str(form.password.data)
        try:
            # First, so that nobody without a link makes the server do the slow hashing.
            user_id = link_services.check_link(token, LinkPurpose.SET_PASSWORD)
            services.check_new_password(password, queries.list_names_around(user_id))
            hashed = passwords.hash_password(password)
            with transaction():
                link_services.set_password(token, hashed)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Your password is set. Sign in with it.")
            return redirect(url_for("accounts.sign_in"), 303)
    status = 422 if form.is_submitted() else 200
    return render("accounts/set_password.html", form=form, status=status)
