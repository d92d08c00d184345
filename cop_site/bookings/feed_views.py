"""Somebody's sessions, for their own calendar to fetch. The address is the key: no cookie."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, abort
from flask.typing import ResponseReturnValue

from cop_site import clock
from cop_site.accounts import own_queries
from cop_site.bookings import calendar, feed_queries, message_services
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.views import bp
from cop_site.web.access import public

# About three months.
KEPT = timedelta(days=92)
# A calendar shows little more than the title, and not every one that a time is not certain.
BEFORE_TITLE = {
    BookingState.WAITING: "Waiting list: ",
    BookingState.OFFERED: "Place offered: ",
}


@bp.get("/calendar/<token>.ics")
@public
def feed(token: str) -> ResponseReturnValue:
    """The same 404 for an address that never was, was stopped, or is of a closed account."""
    person_id = own_queries.find_feed_owner(token)
    if person_id is None:
        abort(404)
    since = clock.now() - KEPT
    bookings = feed_queries.list_for_feed(person_id, since)
    content = calendar.build_feed([_entries_of(booking) for booking in bookings], since)
    return Response(content, mimetype="text/calendar")


def _entries_of(booking: Booking) -> tuple[calendar.Content, bool]:
    """What the mailed file would say of it, and whether there is a place yet; if not, why."""
    has_place = booking.state is BookingState.BOOKED
    content = message_services.calendar_of(
        booking.event,
        message_services.list_own_dates(booking.option, booking.person_id),
        booking.mode,
        method="PUBLISH",
        with_link=has_place,
        sequence=message_services.sequence_for(booking.event, booking),
    )
    before = BEFORE_TITLE.get(booking.state, "")
    return content | {"title": before + content["title"]}, has_place
