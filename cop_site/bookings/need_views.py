"""Saying what one needs at an event, and reading it as who makes or runs the event."""

from __future__ import annotations

from flask import redirect, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cop_site.bookings import need_queries, need_services, queries
from cop_site.bookings.event_views import load_event
from cop_site.bookings.need_forms import NeedsForm
from cop_site.bookings.views import bp
from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.transaction import transaction
from cop_site.web.access import authorise, signed_in
from cop_site.web.htmx import render
from cop_site.web.messages import say
from cop_site.web.parking import never_parked


@bp.route("/events/<id:event_id>/booking/needs", methods=["GET", "POST"])
@signed_in
@never_parked
def own_needs(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    own = queries.find_own_booking(event_id, current_user.person_id)
    if own is None:
        return redirect(url_for("events.show", event_id=event_id), 303)
    form = NeedsForm(data=_known(own.booking.id))
    if form.is_valid_post():
        try:
            with transaction():
                need_services.note_needs(
                    event_id,
                    access=form.access.data or "",
                    diet=form.diet.data or "",
                    remember=bool(form.remember.data),
                    by=current_user,
                )
        except DomainError as error:
            form.refuse(error)
        else:
            say("Saved. Only those who run the event can read it.")
            return redirect(url_for("events.show", event_id=event_id), 303)
        event = load_event(event_id)
    status = 422 if form.is_submitted() else 200
    return render("bookings/own_needs.html", event=event, form=form, status=status)


def _known(booking_id: int) -> dict[str, object]:
    """What they said for this booking, else what the site remembers of them."""
    remembered = need_queries.find_remembered(current_user.person_id)
    said = need_queries.find_needs(booking_id) or remembered
    if said is None:
        return {}
    return {"access": said.access, "diet": said.diet, "remember": remembered is not None}


@bp.post("/account/needs/forget")
@signed_in
def forget_needs() -> ResponseReturnValue:
    with transaction():
        need_services.forget_needs(by=current_user)
    say("The site no longer remembers what you need.")
    return redirect(url_for("account.show"), 303)


@bp.get("/events/<id:event_id>/needs")
@signed_in
def needs(event_id: int) -> ResponseReturnValue:
    event = load_event(event_id)
    authorise(event_policies.can_read_needs(current_user, event))
    with transaction():
        rows = need_services.read_needs(event_id, by=current_user)
    return render("bookings/needs.html", event=load_event(event_id), rows=rows)
