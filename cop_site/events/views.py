"""Pages of events: the list, one event, its calendar file, and making one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.errors import DomainError, StaleEditError
from cop_site.events import (
    booking_queries,
    calendar,
    list_queries,
    message_services,
    planning_queries,
    policies,
    queries,
    services,
    signals,
    template_queries,
    template_services,
)
from cop_site.events.booking_forms import BookingForm
from cop_site.events.booking_models import BookingState
from cop_site.events.forms import CancelEventForm, EventForm, form_values
from cop_site.events.list_queries import EventFilter
from cop_site.events.models import Event, EventKind, EventState
from cop_site.events.planning_models import EventTemplate
from cop_site.events.rule_forms import say_rules
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.pagination import PAGE_SIZE, Page, page_number
from cop_site.web.panels import panels_for

bp = Blueprint("events", __name__)
CALLED_OFF = "The event is cancelled. Everyone with a booking is told."


def load_event(event_id: int) -> Event:
    """The event, 404 where the person may not know of it."""
    return queries.get_event(event_id, policies.visible_to(current_user))


def make_booking_form(event: Event) -> BookingForm:
    """Any of the person's schools can be booked for, the one they act for is ticked already."""
    chosen = current_user.chosen_schools if current_user.chosen_school else ()
    ticked = {"school_ids": [str(id_) for id_ in chosen]}
    return BookingForm(current_user.schools, event.options, data=ticked)


def booking_context(event: Event, form: BookingForm | None = None) -> dict[str, Any]:
    """Everything the booking panel needs; the panel is a region of its own."""
    own, clash = booking_queries.find_part(event.id, current_user.person_id)
    form = form or make_booking_form(event)
    open_options = [option for option in event.options if option.starts_at > clock.now()]
    places = queries.count_places(event) if open_options else {}
    form.say_places(open_options, places)
    return {
        "event": event,
        "places": [part for option in open_options for part in places[option.id]],
        "own": own,
        "is_coming": own is not None and policies.is_kept_for(own.booking, places),
        "can_take": own is not None and policies.can_take(own.booking, places),
        "clash": clash,
        "rules": say_rules(event),
        "form": form,
        "can_book": policies.can_book(current_user),
        "can_book_others": bool(open_options and policies.schools_booked_for(current_user)),
    }


def event_page(event: Event, form: BookingForm | None = None) -> dict[str, Any]:
    """Everything the page of an event needs, its booking panel included."""
    can_edit = policies.can_edit(current_user, event)
    has_started = event.starts_at <= clock.now()
    return {
        "can_edit": can_edit,
        "reads_needs": policies.can_read_needs(current_user, event),
        "can_publish": policies.can_publish(current_user, event),
        "can_cancel": can_edit and not (has_started and signals.was_held(event.id)),
        "panels": panels_for("event", event),
        "about": planning_queries.describe(event),
        **booking_context(event, form),
    }


def _chosen(clusters: list[tuple[int, str]]) -> EventFilter:
    """The filter in the address; what makes no sense there is left out."""
    kind = request.args.get("kind", "")
    cluster = request.args.get("cluster", "")
    when = request.args.get("when", "")
    allowed = ("past", "drafts") if policies.can_create(current_user) else ("past",)
    return EventFilter(
        when=when if when in allowed else "upcoming",
        kind=EventKind(kind) if kind in set(EventKind) else None,
        cluster_id=int(cluster) if cluster in {str(id_) for id_, _name in clusters} else None,
        has_places=request.args.get("places") == "1",
        words=request.args.get("q", "")[:100],
    )


@bp.get("/events")
@signed_in
def index() -> ResponseReturnValue:
    clusters = queries.list_event_clusters()
    chosen, number = _chosen(clusters), page_number()
    rows, total = list_queries.list_events(
        chosen,
        policies.visible_to(current_user),
        person_id=current_user.person_id,
        page=number,
        size=PAGE_SIZE,
    )
    return render(
        "events/list.html",
        fragment="events/partials/event_list.html",
        page=Page(rows, number, total),
        chosen=chosen,
        clusters=clusters,
        kinds=list(EventKind),
        own_clusters={held.cluster_id for held in current_user.assignments},
        can_create=policies.can_create(current_user),
    )


@bp.get("/events/<id:event_id>")
@signed_in
def show(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    return render(
        "events/show.html",
        fragment="events/partials/booking_panel.html",
        **event_page(event),
    )


@bp.get("/events/<id:event_id>/calendar.ics")
@signed_in
def calendar_file(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    own = booking_queries.find_newest_booking(event.id, current_user.person_id)
    option = event.option(own.option_id) if own else event.options[0]
    content = message_services.calendar_of(
        event,
        option.sessions,
        own.mode if own and own.is_live else option.mode,
        method="CANCEL" if event.state is EventState.CANCELLED else "PUBLISH",
        with_link=own is not None and own.state is BookingState.BOOKED,
        sequence=message_services.sequence_for(event, own),
    )
    headers = {"Content-Disposition": f'attachment; filename="{content["file_name"]}"'}
    return Response(calendar.build(content), mimetype="text/calendar", headers=headers)


@bp.route("/events/new", methods=["GET", "POST"])
@signed_in
def new() -> ResponseReturnValue:
    authorise(policies.can_create(current_user))
    clusters = policies.choosable(current_user, queries.list_event_clusters())
    written = template_queries.list_templates()
    form = EventForm(clusters, data=_to_start_from(written))
    if form.is_valid_post():
        authorise(policies.can_write_for(current_user, form.details.cluster_id))
        try:
            with transaction():
                event = services.create_event(form.details, by=current_user)
        except DomainError as error:
            form.refuse(error)
        else:
            ends = "publish it" if policies.can_publish(current_user, event) else "send it"
            say(f"The draft is saved. Look it over, then {ends}.")
            return redirect(url_for("events.show", event_id=event.id), 303)
    status = 422 if form.is_submitted() else 200
    return render("events/edit.html", form=form, event=None, written=written, status=status)


def _to_start_from(written: dict[EventKind, EventTemplate]) -> dict[str, str]:
    """What a new event's form holds: the only cluster, and the usual text of the kind asked for."""
    values = {"cluster_id": policies.only_cluster(current_user)}
    asked = request.args.get("kind", "")
    if asked in set(EventKind):
        kind = EventKind(asked)
        values |= {"kind": asked, **template_services.texts_of(written.get(kind))}
    return values


@bp.route("/events/<id:event_id>/edit", methods=["GET", "POST"])
@signed_in
def edit(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    authorise(policies.can_edit(current_user, event))
    form = EventForm(
        policies.choosable(current_user, queries.list_event_clusters()),
        data=form_values(services.details_of(event), event.version),
    )
    if event.has_several_dates:
        form.leave_out_dates(services.details_of(event))
    if form.is_valid_post():
        authorise(policies.can_write_for(current_user, form.details.cluster_id, event))
        try:
            with transaction():
                services.edit_event(event_id, form.seen_version, form.details, by=current_user)
        except StaleEditError as error:
            return _both_texts(form, error, load_event(event_id))
        except DomainError as error:
            form.refuse(error)
        else:
            say("Saved. If that changed when, where or how, everyone with a booking is told.")
            return redirect(url_for("events.show", event_id=event_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("events/edit.html", form=form, event=event, status=status)


def _both_texts(form: EventForm, error: StaleEditError, event: Event) -> ResponseReturnValue:
    """What somebody else saved beside what this person typed; saving again is then deliberate."""
    form.refuse(error)
    form.version.data = str(event.version)
    form.version.raw_data = None
    theirs = form.list_differences(services.details_of(event))
    return render("events/edit.html", form=form, event=event, theirs=theirs, status=422)


@bp.post("/events/<id:event_id>/publish")
@signed_in
def publish(event_id: int) -> ResponseReturnValue:
    authorise(policies.can_publish(current_user, load_event(event_id)))
    with transaction():
        services.publish_event(event_id, by=current_user)
    say("Published. It is in the list and can be booked.")
    return redirect(url_for("events.show", event_id=event_id), 303)


@bp.route("/events/<id:event_id>/cancel", methods=["GET", "POST"])
@signed_in
def cancel(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    authorise(policies.can_edit(current_user, event))
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
    return render("events/cancel.html", form=form, event=event, booked=booked, status=status)
