"""Administrators: everybody in a list, as a file, and somebody new."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.accounts.models import User
from cop_site.errors import DomainError
from cop_site.people import (
    person_services,
    policies,
    queries,
    role_choosing_queries,
)
from cop_site.people.forms import InviteForm
from cop_site.people.queries import PeopleFilter, PersonLine
from cop_site.people.role_giving import ChosenRole
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.exports import export_csv
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.pagination import PAGE_SIZE, Page, page_number
from cop_site.web.tables import Cell

bp = Blueprint("people", __name__, url_prefix="/people")
LONGEST_SEARCH = 100
HEADER = (
    "Name",
    "Email",
    "Roles",
    "Account",
    "Been in since",
    "Mail comes back since",
    "New in role",
)


@bp.get("")
@role("administrator")
def browse() -> ResponseReturnValue:
    authorise(policies.can_manage_people(current_user))
    narrowed, number = _read_filter(), page_number()
    lines, total = queries.list_people(narrowed, number=number, size=PAGE_SIZE)
    return render(
        "people/browse.html",
        fragment="people/partials/people_list.html",
        narrowed=narrowed,
        roles=_words(queries.ROLES),
        states=_words(queries.STATES),
        page=Page(lines, number, total),
        today=clock.today(),
    )


def _words(choices: dict[str, queries.Choice]) -> list[tuple[str, str]]:
    return [(key, words) for key, (words, _condition) in choices.items()]


def _read_filter() -> PeopleFilter:
    """The filter in the address. What is not on offer is left out, so the boxes tell the truth."""
    args = request.args
    chosen, state = args.get("role", ""), args.get("state", "")
    return PeopleFilter(
        search=args.get("search", "").strip()[:LONGEST_SEARCH],
        role=chosen if chosen in queries.ROLES else "",
        state=state if state in queries.STATES else "",
    )


@bp.get("/list.csv")
@role("administrator")
def export() -> Response:
    authorise(policies.can_manage_people(current_user))
    lines = queries.list_everybody(_read_filter())
    name = f"people {clock.today().isoformat()}.csv"
    return export_csv(name, HEADER, [_cells(line) for line in lines])


def _cells(line: PersonLine) -> tuple[Cell, ...]:
    roles = "; ".join(held.words for held in line.roles)
    account = line.state or "Open"
    return (line.name, line.email, roles, account, line.first_in_at, line.bounced_at, line.is_new)


@bp.route("/invite", methods=["GET", "POST"])
@role("administrator")
def invite() -> ResponseReturnValue:
    authorise(policies.can_manage_people(current_user))
    form = InviteForm(role_choosing_queries.list_partners())
    if form.is_valid_post():
        try:
            chosen = form.choose()
            with transaction():
                user = _invite(form, chosen)
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"A message is on its way to {user.email}.")
            return redirect(url_for("people.show", person_id=user.person_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("people/invite.html", form=form, status=status)


def _invite(form: InviteForm, chosen: ChosenRole) -> User:
    return person_services.invite_to(form.newcomer, chosen, form.starts_on.data, by=current_user)
