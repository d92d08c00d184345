"""Mentoring: pairing a new SENCO with a mentor, counting their meetings, ending it."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError, NotFoundError
from cop_site.people import (
    mentoring_policies,
    mentoring_queries,
    mentoring_services,
    new_in_role_policies,
    new_in_role_queries,
)
from cop_site.people.mentoring_forms import MeetingForm, PairForm
from cop_site.people.mentoring_models import Mentorship
from cop_site.people.new_in_role_queries import NewSenco
from cop_site.schools import cluster_queries
from cop_site.schools.cluster_models import Cluster
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role, signed_in
from cop_site.web.forms import LastDayForm
from cop_site.web.htmx import after_post, render
from cop_site.web.messages import say

bp = Blueprint("mentoring", __name__)
LOST = "That did not reach us whole. Reload the page and try again."


def _load(slug: str, person_id: int) -> tuple[Cluster, NewSenco]:
    """The cluster and one of its new SENCOs, or of its mentees."""
    cluster = cluster_queries.get_cluster(slug)
    authorise(new_in_role_policies.can_pair_in(current_user, cluster.id))
    found = new_in_role_queries.list_new_sencos([cluster.id])
    senco = next((one for one in found if one.person_id == person_id), None)
    if senco is None:
        raise NotFoundError("They are no new SENCO of this cluster.")
    return cluster, senco


@bp.route("/clusters/<slug>/mentoring/<id:person_id>", methods=["GET", "POST"])
@role("ep", "asep", "inclusion_lead")
def pair(slug: str, person_id: int) -> ResponseReturnValue:
    cluster, senco = _load(slug, person_id)
    form = PairForm(mentoring_queries.list_mentors(person_id))
    if form.is_valid_post():
        try:
            with transaction():
                _pair(cluster.id, person_id, form)
        except DomainError as error:
            form.refuse(error)
            cluster, senco = _load(slug, person_id)
        else:
            say("They are paired. Both get each other’s address by email.")
            return redirect(url_for("mentoring.pair", slug=slug, person_id=person_id), 303)
    return render(
        "mentoring/pair.html",
        cluster=cluster,
        senco=senco,
        form=form,
        pair=mentoring_queries.find_pair_of(person_id),
        today=clock.today(),
        status=422 if form.is_submitted() else 200,
    )


def _pair(cluster_id: int, mentee_id: int, form: PairForm) -> None:
    mentor_id, starts_on = int(form.mentor.data), form.starts_on.data
    mentoring_services.pair(cluster_id, mentee_id, mentor_id, starts_on, by=current_user)


@bp.post("/mentoring/<id:pair_id>/meetings")
@signed_in
def count_meeting(pair_id: int) -> ResponseReturnValue:
    row = mentoring_queries.get_pair(pair_id)
    clusters = mentoring_queries.list_clusters_of(row.mentee_id)
    if not mentoring_policies.can_count(current_user, row, clusters):
        raise NotFoundError("There is no such pair.")
    back = _back(row, clusters)
    form = MeetingForm()
    if not form.is_valid_post():
        raise DomainError(LOST)
    change = 1 if form.change.data == "met" else -1
    with transaction():
        counted = mentoring_services.count_meeting(
            pair_id, change, seen=form.seen.data, by=current_user
        )
    say(_said(change) if counted else "That was counted already. Look at the number below.")
    return after_post(back)


def _said(change: int) -> str:
    return "One more meeting is counted." if change > 0 else "The last meeting is taken back."


def _back(row: Mentorship, clusters: list[Cluster]) -> str:
    """Home for the two themselves, else the page of the pair in a cluster they look after."""
    if mentoring_policies.is_one_of(current_user, row):
        return url_for("home.show")
    own = [one for one in clusters if new_in_role_policies.can_pair_in(current_user, one.id)]
    return (
        url_for("mentoring.pair", slug=own[0].slug, person_id=row.mentee_id)
        if own
        else url_for("home.show")
    )


@bp.route("/mentoring/<id:pair_id>/end", methods=["GET", "POST"])
@role("ep", "asep", "inclusion_lead")
def end(pair_id: int) -> ResponseReturnValue:
    row = mentoring_queries.get_pair(pair_id)
    clusters = mentoring_queries.list_clusters_of(row.mentee_id)
    if not mentoring_policies.can_end(current_user, clusters):
        raise NotFoundError("There is no such pair.")
    back, form = _back(row, clusters), LastDayForm()
    if form.is_valid_post():
        try:
            with transaction():
                mentoring_services.end(pair_id, form.last_day.data, by=current_user)
        except DomainError as error:
            form.refuse(error)
            row = mentoring_queries.get_pair(pair_id)
        else:
            say(f"Their last day as a pair is {clock.say_day(form.last_day.data)}.")
            return redirect(back, 303)
    status = 422 if form.is_submitted() else 200
    return render("mentoring/end.html", pair=row, back=back, form=form, status=status)
