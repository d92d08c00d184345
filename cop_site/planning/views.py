"""Making an event, changing it, publishing it and calling it off."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.bookings import queries as booking_queries
from cop_site.errors import DomainError, StaleEditError
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventKind, EventState
from cop_site.planning import (
    change_words,
    rule_services,
    services,
    template_queries,
    template_services,
)
from cop_site.planning.forms import CancelEventForm, EventForm, form_values
from cop_site.planning.models import EventTemplate
from cop_site.planning.rule_services import BookingRules
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.routing import read_id

bp = Blueprint("planning", __name__)
CALLED_OFF = "The event is cancelled. Everyone with a booking is told."


def load_event(event_id: int) -> Event:
    """The event, 404 where the person may not know of it."""
    return event_queries.get_event(event_id, event_policies.visible_to(current_user))


def load_own(event_id: int) -> Event:
    """The event, for those who look after it."""
    event = load_event(event_id)
    authorise(event_policies.can_edit(current_user, event))
    return event


def count_told(event: Event, option_id: int | None = None) -> int:
    """How many have a booking, and so are told of a change; of a draft nobody is."""
    is_told = event.state is EventState.PUBLISHED and event.ends_at > clock.now()
    return booking_queries.count_booked(event.id, option_id) if is_told else 0


@bp.route("/events/new", methods=["GET", "POST"])
@signed_in
def new() -> ResponseReturnValue:
    authorise(event_policies.can_create(current_user))
    clusters = event_policies.choosable(current_user, event_queries.list_event_clusters())
    written = template_queries.list_templates()
    form = EventForm(clusters, data=_to_start_from(written))
    if form.is_valid_post():
        authorise(event_policies.can_write_for(current_user, form.details.cluster_id))
        try:
            with transaction():
                event = services.create_event(
                    form.details, by=current_user, key=str(form.key.data or "")
                )
        except DomainError as error:
            form.refuse(error)
        else:
            ends = "publish it" if event_policies.can_publish(current_user, event) else "send it"
            say(f"The draft is saved. Look it over, then {ends}.")
            return redirect(url_for("events.show", event_id=event.id), 303)
    status = 422 if form.is_submitted() else 200
    return render("planning/edit.html", form=form, event=None, written=written, status=status)


def _to_start_from(written: dict[EventKind, EventTemplate]) -> dict[str, str]:
    """What a new event's form holds: the only cluster, and the usual text of the kind asked for."""
    values = {"cluster_id": event_policies.only_cluster(current_user)}
    asked = request.args.get("kind", "")
    if asked in set(EventKind):
        kind = EventKind(asked)
        values |= {"kind": asked, **template_services.texts_of(written.get(kind))}
    return values


@bp.route("/events/<id:event_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(event_id: int) -> ResponseReturnValue:
    event = load_own(event_id)
    was = rule_services.rules_of(event)
    form = EventForm(
        event_policies.choosable(current_user, event_queries.list_event_clusters()),
        data=form_values(services.details_of(event), event.version),
    )
    if event.has_several_dates:
        form.leave_out_dates(services.details_of(event))
    if form.is_valid_post():
        authorise(event_policies.can_write_for(current_user, form.details.cluster_id, event))
        try:
            with transaction():
                told = services.edit_event(
                    event_id, form.seen_version, form.details, by=current_user
                )
        except StaleEditError as error:
            return _saved_meanwhile(form, error, load_event(event_id), was)
        except DomainError as error:
            form.refuse(error)
        else:
            return _saved(was, event, told)
    return _edit_page(form, event)


def _saved(was: BookingRules, event: Event, told: int | None) -> ResponseReturnValue:
    say(change_words.say_changed("Saved.", was, event, told))
    return redirect(url_for("events.show", event_id=event.id), 303)


def _edit_page(form: EventForm, event: Event, **more: Any) -> ResponseReturnValue:
    status, booked = 422 if form.is_submitted() else 200, count_told(event)
    return render(
        "planning/edit.html", form=form, event=event, booked=booked, status=status, **more
    )


def _saved_meanwhile(
    form: EventForm, error: StaleEditError, event: Event, was: BookingRules
) -> ResponseReturnValue:
    """What somebody else saved beside what this person typed; saving again is then deliberate."""
    theirs = form.list_differences(services.details_of(event))
    if not theirs:
        # The same form a second time.
        return _saved(was, event, 0)
    form.refuse(error)
    form.version.data = str(event.version)
    form.version.raw_data = None
    return _edit_page(form, event, theirs=theirs)


@bp.post("/events/<id:event_id>/publish")
@signed_in
def publish(event_id: int) -> ResponseReturnValue:
    authorise(event_policies.can_publish(current_user, load_event(event_id)))
    with transaction():
        # Without a version nobody can have looked it over: there is none of 0.
        seen = read_id(request.form.get("version")) or 0
        event = services.publish_event(event_id, seen=seen, by=current_user)
    can_book = not (event.opens_later or event.has_closed)
    opening = change_words.say_opening(event) or " Booking has closed."
    say(f"Published. It is in the list{' and can be booked.' if can_book else '.' + opening}")
    return redirect(url_for("events.show", event_id=event_id), 303)


@bp.route("/events/<id:event_id>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    authorise(event_policies.can_edit(current_user, event))
    done = "The draft is cancelled." if event.state is EventState.DRAFT else CALLED_OFF
    form = CancelEventForm()
    if form.is_valid_post():
        try:
            with transaction():
                services.cancel_event(event_id, str(form.reason.data), by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            say(done)
            return redirect(url_for("events.show", event_id=event_id), 303)
    status = 422 if form.is_submitted() else 200
    booked = booking_queries.count_booked(event_id)
    return render("planning/cancel.html", form=form, event=event, booked=booked, status=status)
