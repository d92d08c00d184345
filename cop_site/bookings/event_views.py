"""Pages of events: the list, one event with its booking panel, its calendar file."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.bookings import (
    calendar,
    claim_queries,
    list_queries,
    message_services,
    place_queries,
    policies,
    queries,
)
from cop_site.bookings.forms import BookingForm
from cop_site.bookings.list_queries import EventFilter
from cop_site.bookings.models import BookingState
from cop_site.bookings.place_queries import Places
from cop_site.bookings.rule_words import say_limit_reached, say_rules, say_why_waiting
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.events import signals as event_signals
from cop_site.events import tag_queries
from cop_site.events.models import Event, EventKind, EventState
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.pagination import PAGE_SIZE, Page, page_number
from cop_site.web.panels import panels_for

bp = Blueprint("events", __name__)


def load_event(event_id: int) -> Event:
    """The event, 404 where the person may not know of it."""
    return event_queries.get_event(event_id, event_policies.visible_to(current_user))


def takes_bookings(event: Event) -> bool:
    """Whether booking is open; for who makes the event it always is."""
    is_open = not (event.opens_later or event.has_closed)
    return is_open or event_policies.can_edit(current_user, event)


def make_booking_form(event: Event) -> BookingForm:
    """Any of the person's schools can be booked for, the one they act for is ticked already."""
    chosen = current_user.chosen_schools if current_user.chosen_school else ()
    ticked = {"school_ids": [str(id_) for id_ in chosen]}
    return BookingForm(current_user.schools, event.options, data=ticked)


def booking_context(event: Event, form: BookingForm | None = None) -> dict[str, Any]:
    """Everything the booking panel needs; the panel is a region of its own."""
    own, clash = queries.find_part(event.id, current_user.person_id)
    form = form or make_booking_form(event)
    open_options = [option for option in event.options if option.starts_at > clock.now()]
    places = place_queries.count_places(event) if open_options else {}
    why_waiting = say_why_waiting(event, own.booking, own.booking.school_ids, places) if own else ""
    is_coming = own is not None and policies.is_kept_for(own.booking, places)
    can_take = own is not None and policies.can_take(own.booking, places)
    if own is None:
        places = claim_queries.open_to(places, current_user.schools.keys())
    form.say_places(open_options, places)
    return {
        "event": event,
        "own": own,
        "is_coming": is_coming and not why_waiting,
        "why_waiting": why_waiting,
        "can_take": can_take,
        **_what_is_open(event, [part for option in open_options for part in places[option.id]]),
        "clash": clash,
        "rules": say_rules(event),
        "form": form,
        "can_book": policies.can_book(current_user),
        "can_book_others": bool(open_options and policies.schools_booked_for(current_user))
        and takes_bookings(event),
    }


def _what_is_open(event: Event, places: list[Places]) -> dict[str, Any]:
    """The places there are, and what whoever looks would get by booking."""
    schools = current_user.schools.keys()
    is_limited = any(part.at_limit.issuperset(schools) for part in places if schools)
    return {
        "places": places,
        "only_waits": all(policies.must_wait(part, schools) for part in places),
        "limit_reached": say_limit_reached(event) if is_limited else "",
    }


def event_page(event: Event, form: BookingForm | None = None) -> dict[str, Any]:
    """Everything the page of an event needs, its booking panel included."""
    can_edit = event_policies.can_edit(current_user, event)
    has_started = event.starts_at <= clock.now()
    return {
        "can_edit": can_edit,
        "sees_link": event_policies.can_see_link(current_user, event),
        "reads_needs": event_policies.can_read_needs(current_user, event),
        "can_publish": event_policies.can_publish(current_user, event),
        "can_cancel": can_edit and not (has_started and event_signals.was_held(event.id)),
        "panels": panels_for("event", event),
        "about": tag_queries.describe(event),
        **booking_context(event, form),
    }


def _chosen(clusters: list[tuple[int, str]]) -> EventFilter:
    """The filter in the address; what makes no sense there is left out."""
    kind = request.args.get("kind", "")
    cluster = request.args.get("cluster", "")
    when = request.args.get("when", "")
    makes = event_policies.can_create(current_user)
    allowed = ("past", "drafts", "cancelled") if makes else ("past",)
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
    clusters = event_queries.list_event_clusters()
    chosen, number = _chosen(clusters), page_number()
    rows, total = list_queries.list_events(
        chosen,
        event_policies.visible_to(current_user),
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
        can_create=event_policies.can_create(current_user),
    )


@bp.get("/events/<id:event_id>")
@signed_in
def show(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    return render(
        "events/show.html",
        fragment="bookings/partials/booking_panel.html",
        **event_page(event),
    )


@bp.get("/events/<id:event_id>/calendar.ics")
@signed_in
def calendar_file(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    own = queries.find_newest_booking(event.id, current_user.person_id)
    option = event.option(own.option_id) if own else event.options[0]
    is_coming = own is not None and own.is_live and event.state is EventState.PUBLISHED
    dates = message_services.list_own_dates(option, current_user.person_id) if is_coming else []
    content = message_services.calendar_of(
        event,
        dates or option.sessions,
        own.mode if own and own.is_live else option.mode,
        method="CANCEL" if event.state is EventState.CANCELLED else "PUBLISH",
        with_link=own is not None and own.state is BookingState.BOOKED,
        sequence=message_services.sequence_for(event, own),
    )
    headers = {"Content-Disposition": f'attachment; filename="{content["file_name"]}"'}
    return Response(calendar.build(content), mimetype="text/calendar", headers=headers)


@bp.get("/events/<id:event_id>/preview")
@signed_in
def preview(event_id: int) -> ResponseReturnValue:
    """A draft as a SENCO will see it; what is published shows itself."""
    event = load_event(event_id)
    authorise(event_policies.can_edit(current_user, event))
    if event.state is not EventState.DRAFT:
        return redirect(url_for("events.show", event_id=event_id), 303)
    about = tag_queries.describe(event)
    return render(
        "events/show.html", is_preview=True, panels=[], about=about, **booking_context(event)
    )
