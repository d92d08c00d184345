"""Asking to join, for somebody who is nobody here yet. Shows names and towns of schools only."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cop_site.accounts import services
from cop_site.errors import DomainError
from cop_site.people import (
    join_queries,
    join_services,
)
from cop_site.people.join_forms import AskForm, FindForm
from cop_site.people.joining_models import JoinState
from cop_site.schools import browse_queries, queries
from cop_site.schools.browse_queries import SchoolFilter
from cop_site.schools.models import School
from cop_site.transaction import transaction
from cop_site.web.access import public
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.parking import never_parked
from cop_site.web.timing import as_long_as_any

bp = Blueprint("joining", __name__, url_prefix="/join")

LONGEST_SEARCH = 100


@bp.get("")
@public
def ask() -> ResponseReturnValue:
    """Find the school. Works without scripts: the matches come as a second part of the page."""
    search = request.args.get("search", "").strip()[:LONGEST_SEARCH]
    schools, total = browse_queries.list_schools(SchoolFilter(search)) if search else ([], 0)
    form = FindForm(request.args)
    form.offer(schools)
    if "chosen" in request.args and schools and form.validate():
        return redirect(url_for("joining.details", school_id=int(form.school.data)), 303)
    return render(
        "joining/find.html",
        form=form,
        search=search,
        asked="search" in request.args,
        schools=schools,
        total=total,
        status=422 if form.error_items else 200,
    )


@bp.route("/<id:school_id>", methods=["GET", "POST"])
@public
@never_parked
def details(school_id: int) -> ResponseReturnValue:
    """The same words, after the same time, whatever is known of the address."""
    school = _get_open_school(school_id)
    form = AskForm()
    if form.is_valid_post():
        try:
            with as_long_as_any(), transaction():
                services.count_request(request.remote_addr or "")
                join_services.ask(school_id, form.asking)
        except DomainError as error:
            form.refuse(error)
        else:
            return redirect(url_for("joining.sent"), 303)
    status = 422 if form.is_submitted() else 200
    return render("joining/details.html", school=school, form=form, status=status)


def _get_open_school(school_id: int) -> School:
    school = queries.get_school(school_id)
    if not school.status.is_open:
        abort(404)
    return school


@bp.get("/sent")
@public
def sent() -> ResponseReturnValue:
    return render("joining/sent.html", days=join_services.LINK_LASTS.days)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@public
@never_parked
def confirm(token: str) -> ResponseReturnValue:
    """GET shows a button and changes nothing: mail scanners open every link."""
    form = Form()
    row = join_queries.find_by_token(token)
    if row is None or not join_queries.is_open(row):
        return render("joining/over.html", status=410)
    if form.is_valid_post():
        try:
            with transaction():
                join_services.confirm(token)
        except DomainError as error:
            form.refuse(error)
        row = join_queries.find_by_token(token)
    is_waiting = row is not None and row.state is JoinState.WAITING
    template = "joining/waits.html" if is_waiting else "joining/confirm.html"
    return render(template, row=row, form=form, status=422 if form.error_items else 200)
