"""The second step: in my account, and when signing in."""

from __future__ import annotations

import segno
from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from markupsafe import Markup

from cop_site.accounts import (
    half_sign_in,
    own_proof,
    second_step_policies,
    second_step_queries,
    second_step_secrets,
    second_step_services,
    services,
)
from cop_site.accounts.second_step_forms import CodeForm, ProveForm
from cop_site.accounts.views import bp as sign_in_bp
from cop_site.accounts.views import start
from cop_site.errors import DomainError
from cop_site.transaction import transaction
from cop_site.web.access import authorise, public, signed_in
from cop_site.web.forms import ButtonForm, Form
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.parking import never_parked

bp = Blueprint("second_step", __name__, url_prefix="/account/second-step")


def _key() -> str:
    return str(current_app.config["SECRET_KEY"])


def is_demanded() -> bool:
    """True where this person must have one and the site insists."""
    insists = current_app.config["SECOND_STEP"] == "required"
    return insists and second_step_policies.must_have(current_user)


def find_detour() -> str | None:
    """Where somebody must go first who may not go on without a second step, else None."""
    is_there = request.blueprint == bp.name or request.endpoint == "accounts.sign_out"
    if is_there or current_user.has_second_step or not is_demanded():
        return None
    return url_for("second_step.show")


@bp.get("")
@signed_in
def show() -> ResponseReturnValue:
    return _show(_prove_form(), 200)


def _prove_form() -> Form:
    return ProveForm() if own_proof.asks_password() else ButtonForm()


def _show(form: Form, status: int) -> ResponseReturnValue:
    return render(
        "account/second_step.html",
        form=form,
        is_too_old=own_proof.is_too_old(),
        codes_left=second_step_queries.count_recovery_codes(current_user.user_id),
        is_demanded=is_demanded(),
        status=status,
    )


@bp.post("/begin")
@signed_in
@never_parked
def begin() -> ResponseReturnValue:
    """Whoever finds an open browser must not put a lock on it that the owner can't open."""
    authorise(not current_user.has_second_step)
    form = _prove_form()
    if form.is_valid_post():
        try:
            own_proof.prove(str(form.data.get("current", "")))
            with transaction():
                second_step_services.begin(current_user.user_id, key=_key())
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(url_for("second_step.confirm"), 303)
    return _show(form, 422)


@bp.route("/confirm", methods=["GET", "POST"])
@signed_in
@never_parked
def confirm() -> ResponseReturnValue:
    authorise(not current_user.has_second_step)
    if not own_proof.stands():
        return redirect(url_for("second_step.show"), 303)
    form = CodeForm()
    if form.is_valid_post():
        try:
            _count_try(current_user.user_id)
            with transaction():
                codes = second_step_services.confirm(current_user, str(form.code.data), key=_key())
            return render("account/recovery_codes.html", codes=codes)
        except DomainError as error:
            form.refuse(error)
    step = second_step_queries.find_second_step(current_user.user_id)
    secret = second_step_secrets.unseal(step.secret, _key()) if step else None
    if secret is None:
        return redirect(url_for("second_step.show"), 303)
    return _show_secret(form, secret)


def _show_secret(form: CodeForm, secret: str) -> ResponseReturnValue:
    """As a square for a camera, as a link for an app on this device, and as letters."""
    address = second_step_secrets.address_for_app(
        secret, current_user.email, "Communities of Practice"
    )
    square = segno.make(address, error="m").svg_inline(
        border=4, omitsize=True, svgclass="square-code", lineclass=None
    )
    return render(
        "account/second_step_confirm.html",
        form=form,
        square=Markup(square),  # noqa: S704 - drawn by us, of numbers alone
        letters=" ".join(secret[place : place + 4] for place in range(0, len(secret), 4)),
        status=422 if form.is_submitted() else 200,
    )


@bp.route("/recovery-codes", methods=["GET", "POST"])
@signed_in
@never_parked
def renew_codes() -> ResponseReturnValue:
    """New codes for a code from the app: an open browser alone must not get them."""
    authorise(current_user.has_second_step)
    form = CodeForm()
    if form.is_valid_post():
        try:
            _take_code(current_user.user_id, form)
            with transaction():
                codes = second_step_services.renew_recovery_codes(current_user.user_id)
            return render("account/recovery_codes.html", codes=codes)
        except DomainError as error:
            form.refuse(error)
    status = 422 if form.is_submitted() else 200
    return render("account/renew_codes.html", form=form, status=status)


@bp.route("/off", methods=["GET", "POST"])
@signed_in
@never_parked
def turn_off() -> ResponseReturnValue:
    authorise(current_user.has_second_step and not is_demanded())
    form = CodeForm()
    if form.is_valid_post():
        try:
            _take_code(current_user.user_id, form)
            with transaction():
                second_step_services.turn_off(current_user.user_id, by=current_user.user_id)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Your second step is off.")
            return redirect(url_for("account.show"), 303)
    status = 422 if form.is_submitted() else 200
    return render("account/second_step_off.html", form=form, status=status)


def _count_try(user_id: int) -> None:
    with transaction():
        services.count_guess(f"code {user_id}", device="", address=request.remote_addr or "")


def _take_code(user_id: int, form: CodeForm) -> None:
    """Count the try on its own, so that a wrong code's rollback can't take it back."""
    _count_try(user_id)
    with transaction():
        second_step_services.take_code(user_id, str(form.code.data), key=_key())


@sign_in_bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def enter_code() -> ResponseReturnValue:
    half = half_sign_in.find()
    if half is None or not half_sign_in.still_stands(half):
        return redirect(url_for("accounts.sign_in"), 303)
    form = CodeForm()
    if form.is_valid_post():
        try:
            _take_code(half.user_id, form)
        except DomainError as error:
            form.refuse(error)
        else:
            return start(half.user_id, half.email, remember=half.remember, target=half.target)
    status = 422 if form.is_submitted() else 200
    return render("accounts/enter_code.html", form=form, status=status)
