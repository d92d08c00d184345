"""Who has booked an event, for those who run it, and moving somebody up in the waiting list."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.accounts import school_policies
from cop_site.bookings import waiting_services, who_booked_queries
from cop_site.bookings.event_views import load_event
from cop_site.bookings.forms import MoveUpForm
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.views import bp
from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.events.models import Event, EventState
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


def _load(event_id: int) -> Event:
    event = load_event(event_id)
    authorise(event_policies.can_edit(current_user, event))
    return event


def _may_write_to(booking: Booking) -> bool:
    return bool(booking.person.email) and any(
        school_policies.can_see_staff_addresses(current_user, row.school_id)
        for row in booking.schools
    )


@bp.get("/events/<id:event_id>/people")
@signed_in
def who_booked(event_id: int) -> ResponseReturnValue:
    event = _load(event_id)
    is_off = event.state is EventState.CANCELLED
    bookings = who_booked_queries.list_who_booked(event_id)
    return render(
        "bookings/who_booked.html",
        event=event,
        places={} if is_off else who_booked_queries.count_places(event, bookings),
        addresses={one.id: one.person.email for one in bookings if _may_write_to(one)},
        booked=[one for one in bookings if one.state is BookingState.BOOKED],
        offered=[one for one in bookings if one.state is BookingState.OFFERED],
        given_up=who_booked_queries.list_given_up(event_id),
        waiting=[one for one in bookings if one.state is BookingState.WAITING],
    )


@bp.route("/events/<id:event_id>/people/<id:booking_id>/move-up", methods=["GET", "POST"])
@signed_in
def move_up(event_id: int, booking_id: int) -> ResponseReturnValue:
    event, form = _load(event_id), MoveUpForm()
    if form.is_valid_post():
        reason = str(form.reason.data)
        try:
            with transaction():
                waiting_services.move_up(event_id, booking_id, reason, by=current_user)
        except DomainError as error:
            form.refuse(error)
            event = _load(event_id)
        else:
            say("Moved up. They are next.")
            return redirect(url_for("bookings.who_booked", event_id=event_id), 303)
    booking = who_booked_queries.get_who_booked(event_id, booking_id)
    status = 422 if form.is_submitted() else 200
    return render("bookings/move_up.html", event=event, booking=booking, form=form, status=status)
