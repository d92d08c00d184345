"""Pages of those who plan events: copying one, its series, preview and publishing at a time."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.events import (
    copy_services,
    list_queries,
    planning_queries,
    policies,
    publish_services,
)
from cop_site.events.models import Event, EventState
from cop_site.events.planning_forms import CopyForm, PublishForm
from cop_site.events.views import booking_context, bp, load_event
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.filters import clock_time, long_date
from cop_site.web.htmx import render
from cop_site.web.messages import say


def load_own(event_id: int) -> Event:
    """The event, for those who look after it."""
    event = load_event(event_id)
    authorise(policies.can_edit(current_user, event))
    return event


@bp.route("/events/<id:event_id>/copy", methods=["GET", "POST"])
@signed_in
def copy(event_id: int) -> ResponseReturnValue:
    event, form = load_own(event_id), CopyForm()
    if form.is_valid_post():
        try:
            with transaction():
                made = copy_services.copy_event(
                    event_id, form.day.data, str(form.key.data), by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say("The copy is saved as a draft. Look it over, then publish it.")
            return redirect(url_for("events.show", event_id=made.id), 303)
    status = 422 if form.is_submitted() else 200
    return render("events/copy.html", form=form, event=event, status=status)


@bp.get("/events/<id:event_id>/series")
@signed_in
def series(event_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    others = list_queries.list_series(event, policies.visible_to(current_user))
    return render("events/series.html", event=event, others=others)


@bp.route("/events/<id:event_id>/publish-at", methods=["GET", "POST"])
@signed_in
def publish_at(event_id: int) -> ResponseReturnValue:
    event, form = load_own(event_id), PublishForm()
    authorise(policies.can_publish(current_user, event))
    form.fill(publish_services.publishing_of(event))
    if form.saves(
        lambda: publish_services.set_publishing(
            event_id, form.moment, seen=form.seen_stamp, by=current_user
        ),
        lambda: publish_services.publishing_of(load_event(event_id)),
    ):
        moment = form.moment
        say(f"It publishes itself on {long_date(moment)} at {clock_time(moment)}.")
        return redirect(url_for("events.show", event_id=event_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("events/publish_at.html", form=form, event=event, status=status)


@bp.post("/events/<id:event_id>/publish-at/stop")
@signed_in
def keep_draft(event_id: int) -> ResponseReturnValue:
    authorise(policies.can_publish(current_user, load_event(event_id)))
    with transaction():
        publish_services.set_publishing(event_id, None, seen="", by=current_user)
    say("It stays a draft until somebody publishes it.")
    return redirect(url_for("events.show", event_id=event_id), 303)


@bp.post("/events/<id:event_id>/send")
@signed_in
def send(event_id: int) -> ResponseReturnValue:
    load_own(event_id)
    with transaction():
        publish_services.send_draft(event_id, by=current_user)
    say("Sent. The service looks it over and publishes it. You can still edit it until then.")
    return redirect(url_for("events.show", event_id=event_id), 303)


@bp.get("/events/<id:event_id>/preview")
@signed_in
def preview(event_id: int) -> ResponseReturnValue:
    """A draft as a SENCO will see it; what is published shows itself."""
    event = load_own(event_id)
    if event.state is not EventState.DRAFT:
        return redirect(url_for("events.show", event_id=event_id), 303)
    about = planning_queries.describe(event)
    return render(
        "events/show.html", is_preview=True, panels=[], about=about, **booking_context(event)
    )
