"""A school answers those who ask to join."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.people import (
    join_queries,
    join_services,
    policies,
    school_people_queries,
)
from cop_site.people.join_forms import ApproveForm, DeclineForm
from cop_site.people.joining_models import JoinRequest, JoinState
from cop_site.people.school_people_views import bp, go_to_people, load_school
from cop_site.schools.models import School
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role, signed_in
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.messages import say


@bp.get("/people/requests")
@role("administrator")
def requests() -> ResponseReturnValue:
    authorise(policies.can_manage_people(current_user))
    return render("school_people/requests.html", rows=join_queries.list_all_waiting())


@bp.route("/schools/<id:school_id>/people/requests/<id:request_id>", methods=["GET", "POST"])
@signed_in
def answer(school_id: int, request_id: int) -> ResponseReturnValue:
    """Let them in, with the role that the school says."""
    school = load_school(school_id)
    asked = join_queries.get_request(school_id, request_id)
    form = ApproveForm(role=asked.role.value)
    form.show_sencos(school_id, school_people_queries.list_own_people(school_id))
    if form.is_valid_post():
        try:
            with transaction():
                join_services.approve(school_id, request_id, form.part, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"{asked.name} has been let in. We email them.")
            return go_to_people(school_id)
    return _render("school_people/answer.html", school, asked, form)


@bp.route(
    "/schools/<id:school_id>/people/requests/<id:request_id>/decline", methods=["GET", "POST"]
)
@signed_in
def decline(school_id: int, request_id: int) -> ResponseReturnValue:
    school = load_school(school_id)
    asked = join_queries.get_request(school_id, request_id)
    form = DeclineForm()
    if form.is_valid_post():
        try:
            with transaction():
                join_services.decline(
                    school_id, request_id, (form.reason.data or "").strip(), by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"{asked.name} is told that the answer is no.")
            return go_to_people(school_id)
    return _render("school_people/decline.html", school, asked, form)


def _render(template: str, school: School, asked: JoinRequest, form: Form) -> ResponseReturnValue:
    return render(
        template,
        school=school,
        asked=asked,
        waits=asked.state is JoinState.WAITING,
        form=form,
        status=422 if form.is_submitted() else 200,
    )
