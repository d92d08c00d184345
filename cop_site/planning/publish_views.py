"""Publishing a draft at a time, and sending one to the service."""

from __future__ import annotations

from datetime import datetime

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.planning import publish_services
from cop_site.planning.change_words import say_opening
from cop_site.planning.forms import PublishForm, SendBackForm
from cop_site.planning.views import bp, load_event, load_own
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.filters import clock_time, long_date
from cop_site.web.htmx import render
from cop_site.web.messages import say

MAILED = "Your comment is on its way by email."
NOT_MAILED = "Nobody was emailed: whoever drafted it has no role here any more."


def _say(moment: datetime) -> str:
    return f"{long_date(moment)} at {clock_time(moment)}"


@bp.route("/events/<id:event_id>/publish-at", methods=["GET", "POST"])
@signed_in
def publish_at(event_id: int) -> ResponseReturnValue:
    event, form = load_own(event_id), PublishForm()
    authorise(event_policies.can_publish(current_user, event))
    form.fill(publish_services.publishing_of(event))
    if form.saves(
        lambda: publish_services.set_publishing(
            event_id, form.moment, seen=form.seen_stamp, by=current_user
        ),
        lambda: publish_services.publishing_of(load_event(event_id)),
    ):
        say(f"The draft will be published on {_say(form.moment)}.{say_opening(event)}")
        return redirect(url_for("events.show", event_id=event_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("planning/publish_at.html", form=form, event=event, status=status)


@bp.post("/events/<id:event_id>/publish-at/stop")
@signed_in
def keep_draft(event_id: int) -> ResponseReturnValue:
    authorise(event_policies.can_publish(current_user, load_event(event_id)))
    with transaction():
        publish_services.set_publishing(event_id, None, seen="", by=current_user)
    say("It stays a draft until somebody publishes it.")
    return redirect(url_for("events.show", event_id=event_id), 303)


@bp.route("/events/<id:event_id>/send-back", methods=["GET", "POST"])
@signed_in
def send_back(event_id: int) -> ResponseReturnValue:
    event, form = load_event(event_id), SendBackForm()
    authorise(event_policies.can_publish(current_user, event))
    if form.is_valid_post():
        try:
            with transaction():
                comment = str(form.comment.data)
                is_told = publish_services.send_back(event_id, comment, by=current_user)
        except DomainError as error:
            form.refuse(error)
            event = load_event(event_id)
        else:
            say(f"Sent back. {MAILED if is_told else NOT_MAILED}")
            return redirect(url_for("events.show", event_id=event_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("planning/send_back.html", form=form, event=event, status=status)


@bp.post("/events/<id:event_id>/send")
@signed_in
def send(event_id: int) -> ResponseReturnValue:
    load_own(event_id)
    with transaction():
        publish_services.send_draft(event_id, by=current_user)
    say("Sent. The service looks it over and publishes it. You can still edit it until then.")
    return redirect(url_for("events.show", event_id=event_id), 303)
