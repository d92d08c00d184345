"""A school's own people: who is here, who comes and who goes. The school itself sees to it."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError
from cop_site.people import (
    join_queries,
    school_people_policies,
    school_people_queries,
    school_people_services,
)
from cop_site.people.school_people_forms import AddForm
from cop_site.schools.models import School
from cop_site.transaction import transaction
from cop_site.web.access import authorise, own_path, signed_in
from cop_site.web.filters import short_date
from cop_site.web.first_day import FirstDayForm
from cop_site.web.forms import Form, LastDayForm
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("school_people", __name__)


def load_school(school_id: int) -> School:
    """The school, for those who look after its people; 403 for others."""
    clusters = current_user.supported_clusters
    found = school_people_queries.find_managed_school(school_id, clusters)
    authorise(
        school_people_policies.can_manage_school_people(
            current_user, school_id, stands_in=found.stands_in
        )
    )
    return found.school


def go_to_people(school_id: int) -> ResponseReturnValue:
    """To the page of the school's people; who only stood in may have no more say there."""
    clusters = current_user.supported_clusters
    may = school_people_policies.can_manage_school_people(
        current_user,
        school_id,
        stands_in=bool(clusters)
        and school_people_queries.find_managed_school(school_id, clusters).stands_in,
    )
    page = "school_people.show" if may else "schools.show"
    return redirect(url_for(page, school_id=school_id), 303)


@bp.get("/our-people")
@signed_in
def own() -> ResponseReturnValue:
    """The way there from the navigation: to the one school, or to a choice of several."""
    schools = school_people_policies.managed_schools(current_user)
    authorise(bool(schools))
    chosen = [key for key in schools if key in current_user.chosen_schools]
    if len(schools) == 1 or len(chosen) == 1:
        return go_to_people((chosen or list(schools))[0])
    return render("school_people/own.html", schools=schools)


@bp.get("/schools/<id:school_id>/people")
@signed_in
def show(school_id: int) -> ResponseReturnValue:
    return render_people(load_school(school_id), Form())


def render_people(school: School, form: Form) -> ResponseReturnValue:
    """The page, with what is wrong where a button on it was refused."""
    return render(
        "school_people/show.html",
        school=school,
        people=school_people_queries.list_own_people(school.id),
        requests=join_queries.list_waiting(school.id),
        adds_lists=school_people_policies.can_manage_school_people(current_user, school.id),
        form=form,
        status=422 if form.error_items else 200,
    )


@bp.route("/schools/<id:school_id>/people/add", methods=["GET", "POST"])
@signed_in
def add(school_id: int) -> ResponseReturnValue:
    school = load_school(school_id)
    form = AddForm()
    form.show_sencos(school_id, school_people_queries.list_own_people(school_id))
    if form.is_valid_post():
        try:
            with transaction():
                row = school_people_services.add_person(
                    school_id, form.newcomer, form.part, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            person = school_people_queries.get_own_role(school_id, row.id).person
            say(f"{person.name}: {row.name} from {short_date(row.starts_on)}. We email them.")
            return go_to_people(school_id)
    status = 422 if form.is_submitted() else 200
    return render("school_people/add.html", school=school, form=form, status=status)


@bp.route("/schools/<id:school_id>/people/<id:role_id>/end", methods=["GET", "POST"])
@signed_in
def end(school_id: int, role_id: int) -> ResponseReturnValue:
    school = load_school(school_id)
    row = school_people_queries.get_own_role(school_id, role_id)
    form = LastDayForm()
    if form.is_valid_post():
        try:
            with transaction():
                school_people_services.end_part(
                    school_id, role_id, form.last_day.data, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            return _ended(school_id, row.person_id, form.last_day.data)
    return _render_end(school, role_id, form)


def _render_end(school: School, role_id: int, form: LastDayForm) -> ResponseReturnValue:
    people = school_people_queries.list_own_people(school.id)
    return render(
        "school_people/end.html",
        school=school,
        # Read again: a rollback unloaded the person.
        row=school_people_queries.get_own_role(school.id, role_id),
        is_last=not people.has_other_manager(role_id),
        managers=school_people_queries.MANAGERS,
        form=form,
        status=422 if form.is_submitted() else 200,
    )


def _ended(school_id: int, person_id: int, last_day: date) -> ResponseReturnValue:
    say(f"The last day is {short_date(last_day)}.")
    if person_id == current_user.person_id and last_day < clock.today():
        return redirect(url_for("schools.show", school_id=school_id), 303)
    return go_to_people(school_id)


@bp.route("/schools/<id:school_id>/people/<id:role_id>/first-day", methods=["GET", "POST"])
@signed_in
def correct_first_day(school_id: int, role_id: int) -> ResponseReturnValue:
    school = load_school(school_id)
    row = school_people_queries.get_own_role(school_id, role_id)
    form = FirstDayForm(data={"first_day": row.starts_on})
    if form.is_valid_post():
        day, reason = form.first_day.data, str(form.reason.data)
        try:
            with transaction():
                school_people_services.correct_first_day(
                    school_id, role_id, day, by=current_user, reason=reason
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say(f"The first day is {short_date(day)}.")
            return go_to_people(school_id)
    return _render_first_day(school, role_id, form)


def _render_first_day(school: School, role_id: int, form: FirstDayForm) -> ResponseReturnValue:
    # Read again: a rollback unloaded the person.
    row = school_people_queries.get_own_role(school.id, role_id)
    url = url_for("school_people.show", school_id=school.id)
    return render(
        "accounts/first_day.html",
        back={"url": url, "name": f"People at {school.name}"},
        who=row.person.name,
        what=f"{row.name} at {school.name}",
        row=row,
        form=form,
        status=422 if form.is_submitted() else 200,
    )


@bp.post("/schools/<id:school_id>/people/<id:role_id>/invite")
@signed_in
def invite(school_id: int, role_id: int) -> ResponseReturnValue:
    """Once more, to the address that stands there: nobody's address is changed here."""
    school = load_school(school_id)
    school_people_queries.get_own_role(school_id, role_id)
    form = Form()
    try:
        with transaction():
            school_people_services.invite_again(school_id, role_id, by=current_user)
    except DomainError as error:
        form.refuse(error)
        return render_people(school, form)
    say("A new invitation is on its way. Earlier invitations stop working.")
    return go_to_people(school_id)


@bp.post("/schools/<id:school_id>/people/<id:role_id>/confirm")
@signed_in
def confirm(school_id: int, role_id: int) -> ResponseReturnValue:
    """Still our SENCO."""
    load_school(school_id)
    with transaction():
        school_people_services.confirm_senco(school_id, role_id, by=current_user)
    say("Thank you. That is noted for this term.")
    back = own_path(request.form.get("back"))
    return redirect(back, 303) if back else go_to_people(school_id)
