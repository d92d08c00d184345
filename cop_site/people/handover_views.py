"""A SENCO hands over to the next: one page for who, when and what goes along."""

from __future__ import annotations

from flask import abort
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts.models import SchoolRole, SchoolRoleKind
from cop_site.errors import DomainError
from cop_site.people import (
    handover_services,
    school_people_queries,
)
from cop_site.people.handover_services import Done
from cop_site.people.school_people_forms import HandoverForm
from cop_site.people.school_people_views import bp, go_to_people, load_school
from cop_site.transaction import transaction
from cop_site.web.access import signed_in
from cop_site.web.filters import plural, short_date
from cop_site.web.htmx import render
from cop_site.web.messages import say

MOST_SAID = 5


@bp.route("/schools/<id:school_id>/people/<id:role_id>/hand-over", methods=["GET", "POST"])
@signed_in
def hand_over(school_id: int, role_id: int) -> ResponseReturnValue:
    school = load_school(school_id)
    form = _make_form(school_id, role_id)
    if form.is_valid_post():
        try:
            with transaction():
                done = handover_services.hand_over(
                    school_id, role_id, form.handover, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
            # The page shows the role as it is now, so what is sent next was seen.
            form.seen.data = _say_end(school_people_queries.get_own_role(school_id, role_id))
        else:
            _say_done(done, form)
            return go_to_people(school_id)
    return render(
        "school_people/hand_over.html",
        school=school,
        row=school_people_queries.get_own_role(school_id, role_id),
        form=form,
        status=422 if form.is_submitted() else 200,
    )


def _make_form(school_id: int, role_id: int) -> HandoverForm:
    row = school_people_queries.get_own_role(school_id, role_id)
    if row.role is not SchoolRoleKind.SENCO:
        abort(404)
    people = school_people_queries.list_own_people(school_id)
    form = HandoverForm(seen=_say_end(row))
    form.offer((*people.here, *people.to_come), (row.person_id, current_user.person_id))
    return form


def _say_end(row: SchoolRole) -> str:
    return row.ends_on.isoformat() if row.ends_on else ""


def _say_done(done: Done, form: HandoverForm) -> None:
    say(f"{done.name} is the SENCO from {short_date(form.first_day.data)}.")
    if done.passed is None or not form.moves_bookings.data:
        return
    verb = "was" if done.passed.moved == 1 else "were"
    say(f"{plural(done.passed.moved, 'booking')} {verb} moved.".capitalize())
    for sentence in done.passed.stayed[:MOST_SAID]:
        say(sentence)
    more = len(done.passed.stayed) - MOST_SAID
    if more > 0:
        say(f"{plural(more, 'more booking')} of the same kind {'stays' if more == 1 else 'stay'}.")
