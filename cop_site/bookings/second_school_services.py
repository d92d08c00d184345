"""A booking names every school it is for, also one that books the person after another did."""

from __future__ import annotations

from cop_site import audit
from cop_site.accounts import queries as accounts_queries
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import (
    claim_queries,
    colleague_queries,
    place_queries,
    place_rules,
    queries,
    services,
)
from cop_site.bookings import message_services as messages
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.bookings.place_rules import Claim
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import Event


def add_school(
    event: Event, booking_id: int, school_id: int, *, called: str, field: str, by: ActingUser
) -> Booking:
    """Name the school on somebody's booking for others; they are told. The event is locked.

    From then on it is theirs alone to change. So raises DomainError where they have no account,
    or no role at the school, and where the school has as many places as it may. ``called``: as
    ``by`` knows them, since whoever booked first may have written another name.
    """
    booking = queries.get_booking(booking_id)
    roles = colleague_queries.find_roles_at([school_id], booking.person_id)
    if not roles or accounts_queries.find_user_id(booking.person_id) is None:
        raise DomainError(
            f"{called} has a booking for this event already. Invite them at “Our people”. Once"
            " they have joined, book them here, and your school is added to their booking",
            field=field,
        )
    option = event.option(booking.option_id)
    services.check_stays(option, booking.mode, booking.person_id, roles, field=field)
    _check_limit(event, booking, school_id, field)
    claim = claim_queries.make_claim(event, option, [school_id])
    booking.for_new_school = booking.for_new_school or claim.is_new
    db.session.add(BookingSchool(booking_id=booking.id, school_id=school_id, role=roles[school_id]))
    now = {"school_id": school_id}
    audit.record("booking", booking.id, "school added", by=by.user_id, now=now)
    more = {"school": by.schools[school_id], "booked_by": by.name}
    # Its own version for each school: two may be added before the event changes.
    messages.tell_person(booking, event, "events/school_added", more=more, version=school_id)
    db.session.flush()
    return booking


def _check_limit(event: Event, booking: Booking, school_id: int, field: str) -> None:
    option = event.option(booking.option_id)
    if booking.state is BookingState.WAITING or not place_rules.has_rules(event, option):
        return
    room = place_queries.find_queues(event)[option.id, booking.mode].room
    if room.is_over_limit(Claim(frozenset({school_id}))):
        raise DomainError("Your school has as many places as it may have", field=field)
