"""Who has booked an event, for those who run it, and moving somebody up in the waiting list."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.errors import DomainError
from cop_site.events import guest_queries, policies, waiting_services
from cop_site.events.booking_forms import MoveUpForm
from cop_site.events.booking_models import BookingState
from cop_site.events.models import Event
from cop_site.events.views import bp, load_event
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say


def _load(event_id: int) -> Event:
    event = load_event(event_id)
    authorise(policies.can_edit(current_user, event))
    return event


@bp.get("/events/<id:event_id>/people")
@signed_in
def guests(event_id: int) -> ResponseReturnValue:
    event = _load(event_id)
    bookings = guest_queries.list_guests(event_id)
    return render(
        "events/guests.html",
        event=event,
        booked=[one for one in bookings if one.state is BookingState.BOOKED],
        offered=[one for one in bookings if one.state is BookingState.OFFERED],
        given_up=guest_queries.list_given_up(event_id),
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
            return redirect(url_for("events.guests", event_id=event_id), 303)
    booking = guest_queries.get_guest(event_id, booking_id)
    status = 422 if form.is_submitted() else 200
    return render("events/move_up.html", event=event, booking=booking, form=form, status=status)
