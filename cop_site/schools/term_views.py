"""Terms, as an administrator enters them."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError
from cop_site.schools import policies, term_queries, term_services
from cop_site.schools.term_forms import TermForm
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.forms import ButtonForm
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("terms", __name__, url_prefix="/terms")


def _index(form: ButtonForm, status: int = 200) -> ResponseReturnValue:
    terms = [row.term for row in term_queries.list_terms_with_periods()]
    return render(
        "schools/terms.html",
        terms=terms,
        suggested=term_services.suggest_next_year(terms),
        form=form,
        today=clock.today(),
        status=status,
    )


@bp.get("")
@role("administrator")
def index() -> ResponseReturnValue:
    authorise(policies.can_manage_terms(current_user))
    return _index(ButtonForm())


@bp.post("/next-year")
@role("administrator")
def add_next_year() -> ResponseReturnValue:
    """What the page suggested, unless somebody added it meanwhile."""
    authorise(policies.can_manage_terms(current_user))
    terms = [row.term for row in term_queries.list_terms_with_periods()]
    suggested = term_services.suggest_next_year(terms)
    if [term.name for term in suggested] != request.form.getlist("name"):
        say("These terms are there already.")
        return redirect(url_for("terms.index"), 303)
    form = ButtonForm()
    try:
        with transaction():
            term_services.add_terms(suggested, by=current_user.user_id)
    except DomainError as error:
        form.refuse(error)
        return _index(form, 422)
    say("Added. Check each date against your calendar.")
    return redirect(url_for("terms.index"), 303)


@bp.route("/new", methods=["GET", "POST"])
@role("administrator")
def new() -> ResponseReturnValue:
    authorise(policies.can_manage_terms(current_user))
    form = TermForm()
    if form.is_valid_post():
        try:
            with transaction():
                term_services.add_terms([form.term], by=current_user.user_id)
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"{form.name.data} is added.")
            return redirect(url_for("terms.index"), 303)
    status = 422 if form.is_submitted() else 200
    return render("schools/term.html", form=form, term=None, status=status)


@bp.route("/<id:term_id>", methods=["GET", "POST"])
@role("administrator")
def edit(term_id: int) -> ResponseReturnValue:
    authorise(policies.can_manage_terms(current_user))
    form = TermForm()
    form.fill(_saved(term_id))
    if form.saves(lambda: _change(term_id, form), lambda: _saved(term_id)):
        say(f"{form.name.data} is saved.")
        return redirect(url_for("terms.index"), 303)
    term = term_queries.get_term(term_id)
    begun, status = term.starts_on <= clock.today(), 422 if form.is_submitted() else 200
    return render("schools/term.html", form=form, term=term, begun=begun, status=status)


def _saved(term_id: int) -> dict[str, Any]:
    return term_services.values_of(term_queries.get_term(term_id))


def _change(term_id: int, form: TermForm) -> None:
    term_services.change_term(
        term_id,
        form.term,
        seen=form.seen_stamp,
        reason=str(form.reason.data or ""),
        by=current_user.user_id,
    )


@bp.post("/<id:term_id>/remove")
@role("administrator")
def remove(term_id: int) -> ResponseReturnValue:
    authorise(policies.can_manage_terms(current_user))
    form = ButtonForm()
    try:
        with transaction():
            name = term_services.remove_term(term_id, by=current_user.user_id)
    except DomainError as error:
        form.refuse(error)
        return _index(form, 422)
    say(f"{name} is removed.")
    return redirect(url_for("terms.index"), 303)
