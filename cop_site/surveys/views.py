"""Pages of surveys: one's own list, results, starting a wave, naming readers."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.schools import queries as school_queries
from cop_site.surveys import (
    answer_queries,
    asking_services,
    policies,
    queries,
    result_queries,
    services,
)
from cop_site.surveys.forms import ReadersForm, WaveForm
from cop_site.surveys.result_file import HEADER, file_name, file_rows
from cop_site.surveys.suppression import share
from cop_site.transaction import transaction
from cop_site.web.access import authorise, role, signed_in
from cop_site.web.exports import export_csv
from cop_site.web.forms import Form
from cop_site.web.htmx import render
from cop_site.web.messages import say

bp = Blueprint("surveys", __name__)
bp.add_app_template_filter(share, "share_of")
LEAD = "inclusion_lead"


@bp.get("/surveys")
@signed_in
def index() -> ResponseReturnValue:
    leads = policies.can_lead_surveys(current_user)
    return render(
        "surveys/list.html",
        own=answer_queries.list_open_invitations(current_user.person_id),
        closed=result_queries.list_newest_closed(policies.readable_by(current_user)),
        running=queries.list_open_surveys() if leads else [],
        leads=leads,
    )


@bp.get("/surveys/<id:survey_id>")
@signed_in
def results(survey_id: int) -> ResponseReturnValue:
    readable = policies.readable_by(current_user)
    result = result_queries.load_result(survey_id, readable)
    earlier = result_queries.find_earlier(result.survey, readable)
    changes = result_queries.find_matched_changes(earlier.id, survey_id) if earlier else {}
    return render(
        "surveys/results.html",
        result=result,
        survey=result.survey,
        earlier=earlier,
        changes=changes,
        leads=policies.can_lead_surveys(current_user),
    )


@bp.get("/surveys/<id:survey_id>.csv")
@signed_in
def results_file(survey_id: int) -> ResponseReturnValue:
    readable = policies.readable_by(current_user)
    result = result_queries.load_result(survey_id, readable)
    earlier = result_queries.find_earlier(result.survey, readable)
    changes = result_queries.find_matched_changes(earlier.id, survey_id) if earlier else {}
    return export_csv(file_name(result), HEADER, file_rows(result, changes))


@bp.route("/surveys/new-wave", methods=["GET", "POST"])
@role(LEAD)
def new_wave() -> ResponseReturnValue:
    authorise(policies.can_lead_surveys(current_user))
    form = WaveForm()
    form.offer(school_queries.list_terms())
    if form.is_valid_post():
        try:
            with transaction():
                asking_services.start_wave(form.chosen_term, form.closes_on.data, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("The school survey is open. Every school’s SENCO is asked.")
            return redirect(url_for("surveys.index"), 303)
    return render("surveys/new_wave.html", form=form, status=422 if form.is_submitted() else 200)


@bp.route("/surveys/<id:survey_id>/readers", methods=["GET", "POST"])
@role(LEAD)
def readers(survey_id: int) -> ResponseReturnValue:
    authorise(policies.can_lead_surveys(current_user))
    survey = queries.get_survey(survey_id)
    form = ReadersForm(data={"readers": [str(id_) for id_ in queries.list_readers(survey_id)]})
    form.readers.choices = [(str(id_), name) for id_, name in queries.list_possible_readers()]
    if form.is_valid_post():
        try:
            with transaction():
                services.name_readers(survey_id, form.person_ids, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Who may read the results is saved.")
            return redirect(url_for("surveys.index"), 303)
    status = 422 if request.method == "POST" else 200
    return render("surveys/readers.html", form=form, survey=survey, status=status)


@bp.route("/events/<id:event_id>/confidence-survey", methods=["GET", "POST"])
@signed_in
def confidence(event_id: int) -> ResponseReturnValue:
    event = event_queries.get_event(event_id, event_policies.visible_to(current_user))
    authorise(policies.can_ask_about(current_user, event))
    form = Form()
    if form.is_valid_post():
        try:
            with transaction():
                asking_services.start_confidence(event_id, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say("Everybody with a place is asked now. So is who books later.")
            return redirect(url_for("surveys.confidence", event_id=event_id), 303)
    return render(
        "surveys/confidence.html",
        event=event,
        form=form,
        before=queries.find_before(event_id),
        has_started=event.starts_at <= clock.now(),
        status=422 if form.is_submitted() else 200,
    )
