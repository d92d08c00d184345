"""Inviting a list: look at it first, mend what is refused, then invite the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.datastructures import ImmutableMultiDict

from cop_site.errors import DomainError
from cop_site.people import (
    invite_list_queries,
    invite_list_services,
    policies,
    role_choosing_queries,
    school_people_policies,
    school_people_queries,
)
from cop_site.people.invite_list_forms import ListForm
from cop_site.people.invite_list_queries import ListPlan
from cop_site.people.views import bp as people_bp
from cop_site.schools.models import School
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role, signed_in
from cop_site.web.filters import plural
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.uploads import takes_file

bp = Blueprint("school_lists", __name__, url_prefix="/schools/<id:school_id>/people")
TOO_LARGE = "The file is larger than 256 KB: send it in parts"


@dataclass(frozen=True)
class _List:
    """A list of one kind: for which school, and where its page leads when all is done."""

    school: School | None
    back: Callable[[], str]


def _everywhere() -> _List:
    authorise(policies.can_manage_people(current_user))
    return _List(None, lambda: url_for("people.browse", state="invited"))


def _at_school(school_id: int) -> _List:
    clusters = current_user.supported_clusters
    found = school_people_queries.find_managed_school(school_id, clusters)
    authorise(
        school_people_policies.can_manage_school_people(
            current_user, school_id, stands_in=found.stands_in
        )
    )
    return _List(found.school, lambda: url_for("school_people.show", school_id=school_id))


def _refuse_large(which: _List) -> ResponseReturnValue:
    form = ListForm(formdata=ImmutableMultiDict())
    form.refuse(DomainError(TOO_LARGE, field="file"))
    return _page(which, form, None, status=422)


def refuse_large() -> ResponseReturnValue:
    return _refuse_large(_everywhere())


def refuse_large_at(school_id: int) -> ResponseReturnValue:
    return _refuse_large(_at_school(school_id))


@people_bp.route("/invite-list", methods=["GET", "POST"])
@role("administrator")
@takes_file(refuse_large)
def invite_list() -> ResponseReturnValue:
    return _take(_everywhere())


@bp.route("/invite-list", methods=["GET", "POST"])
@signed_in
@takes_file(refuse_large_at)
def invite_school_list(school_id: int) -> ResponseReturnValue:
    return _take(_at_school(school_id))


def _take(which: _List) -> ResponseReturnValue:
    form = ListForm()
    if not form.is_valid_post():
        return _page(which, form, None, status=422 if form.is_submitted() else 200)
    try:
        return _invite(which, form) if form.wants_to_invite else _look(which, form)
    except DomainError as error:
        form.refuse(error)
        # The rollback unloaded the school.
        again = _at_school(which.school.id) if which.school else which
        return _page(again, form, None, status=422)


def _look(which: _List, form: ListForm) -> ResponseReturnValue:
    """Say what would happen. The lines that can't be done stay in the box."""
    invite_list_services.check_first_day(form.starts_on.data)
    plan = invite_list_queries.plan_list(
        form.read_all(), form.starts_on.data, by=current_user, school=which.school
    )
    return _page(which, form, plan)


def _invite(which: _List, form: ListForm) -> ResponseReturnValue:
    good, box = form.read_good(), form.read_box()
    with transaction():
        done = invite_list_services.invite_list(
            good,
            form.starts_on.data,
            by=current_user,
            school_id=which.school.id if which.school else None,
        )
    said = f"{plural(done.count_people, 'person', 'people')} invited."
    left = [one.line for one in done.refused] + box
    if not left:
        say(said[:1].upper() + said[1:])
        return redirect(which.back(), 303)
    plan = invite_list_queries.plan_list(
        left, form.starts_on.data, by=current_user, school=which.school
    )
    return _page(which, form, plan, said=said)


def _page(
    which: _List, form: ListForm, plan: ListPlan | None, *, said: str = "", status: int = 200
) -> ResponseReturnValue:
    if plan is not None:
        form.lines.data, form.good.data = plan.refused_text, plan.good_text
    partners = [] if which.school else role_choosing_queries.list_partners()
    return render(
        "people/invite_list.html",
        form=form,
        plan=plan,
        school=which.school,
        partners=partners,
        said=said,
        back=which.back(),
        status=status,
    )
