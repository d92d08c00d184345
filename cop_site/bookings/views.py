"""Booking a place, cancelling it, and everything a person has booked."""

from __future__ import annotations

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site import clock
from cop_site.bookings import (
    change_way_services,
    colleague_queries,
    place_queries,
    policies,
    queries,
    services,
    waiting_services,
)
from cop_site.bookings.event_views import booking_context, event_page, load_event, make_booking_form
from cop_site.bookings.forms import CancelBookingForm, ChangeWayForm
from cop_site.bookings.models import BookingState
from cop_site.bookings.queries import OwnBooking
from cop_site.bookings.rule_words import say_why_each
from cop_site.errors import DomainError
from cop_site.events.models import Event
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.forms import Form
from cop_site.web.htmx import after_post, render
from cop_site.web.messages import note, say

bp = Blueprint("bookings", __name__)
PANEL = "bookings/partials/booking_panel.html"


@bp.route("/events/<id:event_id>/booking", methods=["GET", "POST"])
@signed_in
def book(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    authorise(policies.can_book(current_user))
    form = make_booking_form(event)
    if form.is_valid_post():
        try:
            with transaction():
                services.book_place(
                    event_id, **form.way, school_ids=form.chosen_schools, by=current_user
                )
        except DomainError as error:
            form.refuse(error)
        else:
            return _booked(event_id)
        # A refusal rolled back, and with that unloaded what was read before it.
        event = load_event(event_id)
    return render(
        "events/show.html",
        fragment=PANEL,
        status=422 if form.is_submitted() else 200,
        **event_page(event, form),
    )


def _booked(event_id: int) -> ResponseReturnValue:
    return after_post(
        url_for("events.show", event_id=event_id),
        fragment=PANEL,
        context=lambda: booking_context(load_event(event_id)),
    )


@bp.post("/events/<id:event_id>/booking/take")
@signed_in
def take_place(event_id: int) -> ResponseReturnValue:
    event, form = load_event(event_id), Form()
    if form.is_valid_post():
        try:
            with transaction():
                waiting_services.take_place(event_id, by=current_user)
        except DomainError as error:
            event, form = load_event(event_id), make_booking_form(event)
            form.refuse(error)
        else:
            return _booked(event_id)
    return render("events/show.html", fragment=PANEL, status=422, **event_page(event, form))


@bp.route("/events/<id:event_id>/booking/cancel", methods=["GET", "POST"])
@signed_in
def cancel(event_id: int) -> ResponseReturnValue:
    event, own = _load_booked(event_id)
    form = CancelBookingForm()
    if form.is_valid_post():
        reason = form.reason.data or ""
        try:
            with transaction():
                cancelled = services.cancel_booking(event_id, by=current_user, reason=reason)
        except DomainError as error:
            form.refuse(error)
            event, own = _load_booked(event_id)
        else:
            say("Your booking is cancelled." if cancelled else "You have no booking here.")
            return redirect(url_for("events.show", event_id=event_id), 303)
    if own is None:
        return redirect(url_for("events.show", event_id=event_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("bookings/cancel.html", event=event, own=own, form=form, status=status)


@bp.route("/events/<id:event_id>/booking/change", methods=["GET", "POST"])
@signed_in
def change_way(event_id: int) -> ResponseReturnValue:
    event, own, form = _load_own(event_id)
    if own is None or len(form.option_id.choices) + form.asks_mode < 2:
        return redirect(url_for("events.show", event_id=event_id), 303)
    if form.is_valid_post():
        try:
            with transaction():
                new = change_way_services.change_way(event_id, **form.way, by=current_user)
        except DomainError as error:
            form.refuse(error)
            event, own = _load_booked(event_id)
        else:
            _say_changed(is_new=new.id != own.booking.id)
            return redirect(url_for("events.show", event_id=event_id), 303)
    if own is None:
        # Given up since the page was opened, by another click or another person.
        return redirect(url_for("events.show", event_id=event_id), 303)
    status = 422 if form.is_submitted() else 200
    return render("bookings/change_way.html", event=event, own=own, form=form, status=status)


def _say_changed(*, is_new: bool) -> None:
    if is_new:
        say("Your booking is changed. We email you the details.")
    else:
        note("Nothing has changed: this is your booking already.")


def _load_booked(event_id: int) -> tuple[Event, OwnBooking | None]:
    """The event and one's booking there. Again after a refusal, which unloads both."""
    return load_event(event_id), queries.find_own_booking(event_id, current_user.person_id)


def _load_own(event_id: int) -> tuple[Event, OwnBooking | None, ChangeWayForm]:
    """The event, one's booking there, and what can be chosen, the present way first."""
    event, own = _load_booked(event_id)
    now = {"option_id": str(own.booking.option_id), "mode": own.booking.mode.value} if own else {}
    form = ChangeWayForm(data=now)
    ahead = [option for option in event.options if option.starts_at > clock.now()]
    form.offer(ahead)
    form.say_places(ahead, place_queries.count_places(event))
    return event, own, form


@bp.get("/bookings")
@signed_in
def index() -> ResponseReturnValue:
    person_id = current_user.person_id
    booked_for = policies.schools_booked_for(current_user)
    upcoming = queries.list_own_bookings(person_id, upcoming=True)
    colleagues = colleague_queries.list_booked_for(booked_for, person_id)
    ahead = [*upcoming, *colleagues]
    return render(
        "bookings/list.html",
        upcoming=upcoming,
        colleagues=colleagues,
        why_waiting=say_why_each(ahead, place_queries.count_where_ruled(ahead)),
        booked_for=booked_for,
        others=queries.list_own_bookings(person_id, upcoming=False),
        BookingState=BookingState,
    )
