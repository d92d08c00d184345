"""Administrators: one person, their roles, and their account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.accounts import (
    assignment_queries,
    queries,
    role_queries,
    role_services,
)
from cop_site.accounts.role_queries import RoleLine
from cop_site.errors import DomainError, NotFoundError
from cop_site.people import (
    person_queries,
    person_services,
    policies,
    role_choosing_queries,
)
from cop_site.people.forms import AddressForm, NameForm, RoleForm
from cop_site.people.person_history import tell
from cop_site.people.person_queries import PersonDetails
from cop_site.people.views import bp
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role
from cop_site.web.first_day import FirstDayForm
from cop_site.web.forms import ButtonForm, Form, LastDayForm
from cop_site.web.htmx import render
from cop_site.web.messages import say


def _load(person_id: int) -> PersonDetails:
    """Somebody of whom something may be changed."""
    authorise(policies.can_manage_people(current_user))
    person = person_queries.get_details(person_id)
    if person.erased_at is not None:
        raise NotFoundError(role_services.ERASED)
    return person


def _to(person_id: int, sentence: str) -> ResponseReturnValue:
    say(sentence)
    return redirect(url_for("people.show", person_id=person_id), 303)


@bp.get("/<id:person_id>")
@role("administrator")
def show(person_id: int) -> ResponseReturnValue:
    authorise(policies.can_manage_people(current_user))
    person, today = person_queries.get_details(person_id), clock.today()
    roles = role_queries.list_roles([person_id])
    changes = person_queries.list_history(person_id, person.user_id)
    names = person_queries.name_all(changes)
    begun = [row for row in roles if row.starts_on <= today]
    return render(
        "people/show.html",
        person=person,
        held=[row for row in begun if row.holds_on(today)],
        to_come=[row for row in roles if row.starts_on > today],
        past=[row for row in begun if not row.holds_on(today)],
        history=[tell(change, names) for change in changes],
        is_own=person_id == current_user.person_id,
    )


@bp.route("/<id:person_id>/roles/add", methods=["GET", "POST"])
@role("administrator")
def add_role(person_id: int) -> ResponseReturnValue:
    person = _load(person_id)
    form = RoleForm(role_choosing_queries.list_partners())
    if form.is_valid_post():
        try:
            chosen = form.choose()
            with transaction():
                person_services.add_role(person_id, chosen, form.starts_on.data, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            return _to(person_id, f"Added: {chosen.words}.")
    status = 422 if form.is_submitted() else 200
    return render("people/add_role.html", person=person, form=form, status=status)


@bp.route(
    "/<id:person_id>/roles/<any(school, service, partner):source>/<id:role_id>/end",
    methods=["GET", "POST"],
)
@role("administrator")
def end_role(person_id: int, source: str, role_id: int) -> ResponseReturnValue:
    person = _load(person_id)
    row = role_queries.get_role(source, person_id, role_id)
    line = role_queries.get_line(source, person_id, role_id)
    form = LastDayForm()
    if form.is_valid_post():
        try:
            with transaction():
                clusters = person_services.end_role(row, form.last_day.data, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            return _to(person_id, _say_ended(line, form.last_day.data, clusters))
    return render(
        "people/end_role.html",
        person=person,
        line=line,
        form=form,
        resting=assignment_queries.list_resting_on(row, clock.today()),
        status=422 if form.is_submitted() else 200,
    )


def _say_ended(line: RoleLine, last_day: date, clusters: list[str]) -> str:
    said = f"{line.words}: last day {clock.say_day(last_day)}."
    return f"{said} Their part in {' and '.join(clusters)} ends with it." if clusters else said


@bp.route(
    "/<id:person_id>/roles/<any(school, service, partner):source>/<id:role_id>/first-day",
    methods=["GET", "POST"],
)
@role("administrator")
def correct_first_day(person_id: int, source: str, role_id: int) -> ResponseReturnValue:
    person = _load(person_id)
    row = role_queries.get_role(source, person_id, role_id)
    line = role_queries.get_line(source, person_id, role_id)
    form = FirstDayForm(data={"first_day": line.starts_on})
    if form.is_valid_post():
        day, reason = form.first_day.data, str(form.reason.data)
        try:
            with transaction():
                role_services.correct_first_day(row, day, by=current_user, reason=reason)
        except DomainError as error:
            form.refuse(error)
        else:
            return _to(person_id, f"{line.words}: first day {clock.say_day(day)}.")
    return render(
        "accounts/first_day.html",
        back={"url": url_for("people.show", person_id=person_id), "name": person.name},
        who=person.name,
        what=line.words,
        row=line,
        form=form,
        status=422 if form.is_submitted() else 200,
    )


@bp.route("/<id:person_id>/name", methods=["GET", "POST"])
@role("administrator")
def rename(person_id: int) -> ResponseReturnValue:
    person = _load(person_id)
    form = NameForm(data={"name": person.name})
    if form.is_valid_post():
        with transaction():
            person_services.rename(person_id, str(form.name.data), by=current_user)
        return _to(person_id, "The name is corrected.")
    status = 422 if form.is_submitted() else 200
    return render("people/rename.html", person=person, form=form, status=status)


@bp.route("/<id:person_id>/address", methods=["GET", "POST"])
@role("administrator")
def correct_address(person_id: int) -> ResponseReturnValue:
    person = _load(person_id)
    form, holder = AddressForm(data={"email": person.email}), None
    if form.is_valid_post():
        try:
            with transaction():
                person_services.correct_address(person_id, str(form.email.data), by=current_user)
        except DomainError as error:
            form.refuse(error)
            holder = queries.find_person_by_email(str(form.email.data).lower())
        else:
            return _to(person_id, "The email address is corrected.")
    status = 422 if form.is_submitted() else 200
    return render("people/address.html", person=person, holder=holder, form=form, status=status)


@dataclass(frozen=True)
class Act:
    """Done to an account or address: what the page asks, what comes of it, what is said then."""

    do: Callable[..., None]
    title: str
    text: str
    button: str
    done: str
    warns: bool = False


ACTS = {
    "close": Act(
        person_services.close_account,
        "Close the account?",
        "They are signed out everywhere and can’t sign in. What they did here stays. You can open"
        " it again.",
        "Close the account",
        "The account is closed.",
        warns=True,
    ),
    "reopen": Act(
        person_services.reopen_account,
        "Open the account again?",
        "They can sign in again as before.",
        "Open the account",
        "The account is open again.",
    ),
    "invite": Act(
        person_services.invite_again,
        "Send an invitation?",
        "We email them a link to come in for the first time. Earlier invitations stop working.",
        "Send an invitation",
        "An invitation is on its way.",
    ),
    "second-step-off": Act(
        person_services.turn_off_second_step,
        "Turn off the second step?",
        "For somebody whose phone and recovery codes are both gone. Make sure that it is them who"
        " asks. They are signed out everywhere.",
        "Turn it off",
        "The second step is off.",
        warns=True,
    ),
    "bounced": Act(
        person_services.note_bounce,
        "Mail to this address came back?",
        "For an answer in your own mailbox that the address does not exist. They are shown as “May"
        " have left” until they sign in or their address is corrected.",
        "Mail to this address came back",
        "Noted: mail to this address came back.",
    ),
    "mail-arrives": Act(
        person_services.forget_bounce,
        "Does mail to this address arrive?",
        "They are no longer shown as “May have left”, and get every kind of email again.",
        "Mail to this address arrives",
        "Noted: mail to this address arrives.",
    ),
}


@bp.route(
    "/<id:person_id>/account/"
    '<any("close", "reopen", "invite", "second-step-off", "bounced", "mail-arrives"):what>',
    methods=["GET", "POST"],
)
@role("administrator")
def change_account(person_id: int, what: str) -> ResponseReturnValue:
    person, act = _load(person_id), ACTS[what]
    form: Form = ButtonForm()
    if form.is_valid_post():
        try:
            with transaction():
                act.do(person_id, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            return _to(person_id, act.done)
    status = 422 if form.is_submitted() else 200
    return render("people/act.html", person=person, act=act, form=form, status=status)
