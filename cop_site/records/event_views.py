"""Certificates of an event, for whoever takes its registers: not everybody has an account."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.attendance import policies as attendance_policies
from cop_site.errors import DomainError, NotFoundError
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.events.models import Event
from cop_site.records import certificate_queries, queries, services
from cop_site.records.views import send_certificate
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.forms import ButtonForm
from cop_site.web.htmx import render
from cop_site.web.pagination import Page, page_number

bp = Blueprint("event_certificates", __name__, url_prefix="/events/<id:event_id>/certificates")
# A register is read as a whole.
ROWS_A_PAGE = 100


def _load(event_id: int) -> Event:
    event = event_queries.get_event(event_id, event_policies.visible_to(current_user))
    facilitators = [row.person_id for row in event.facilitators]
    authorise(attendance_policies.can_take_register(current_user, event, facilitators))
    return event


@bp.get("")
@signed_in
def index(event_id: int) -> ResponseReturnValue:
    return _page(_load(event_id), ButtonForm())


def _page(event: Event, form: ButtonForm) -> ResponseReturnValue:
    people, number = queries.list_people_who_came(event.id), page_number()
    first = (number - 1) * ROWS_A_PAGE
    return render(
        "records/of_event.html",
        event=event,
        page=Page(people[first : first + ROWS_A_PAGE], number, len(people), ROWS_A_PAGE),
        form=form,
        status=422 if form.is_submitted() else 200,
    )


@bp.post("/<id:person_id>")
@signed_in
def issue(event_id: int, person_id: int) -> ResponseReturnValue:
    event, form = _load(event_id), ButtonForm()
    if form.is_valid_post():
        try:
            with transaction():
                services.issue_certificate(event_id, person_id, by=current_user)
        except NotFoundError:
            raise
        except DomainError as error:
            form.refuse(error)
            event = _load(event_id)
        else:
            return redirect(url_for(".send", event_id=event_id, person_id=person_id), 303)
    return _page(event, form)


@bp.get("/<id:person_id>.pdf")
@signed_in
def send(event_id: int, person_id: int) -> ResponseReturnValue:
    _load(event_id)
    return send_certificate(certificate_queries.get_current(person_id, event_id))
