"""Changing one's own booking: the room for online, the morning for the afternoon."""

from __future__ import annotations

from cop_site import clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import message_services as messages
from cop_site.bookings import (
    need_services,
    queries,
    replacement_services,
    services,
    waiting_services,
)
from cop_site.bookings.models import Booking, BookingState
from cop_site.bookings.services import Who
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.events.models import Mode
from cop_site.notifications.services import Recipient

REASON = "Changed to another time or way"
NO_PLACE = "There is no free place there, so you keep the one you have."


def change_way(
    event_id: int, *, option_id: int | None, mode: Mode | None, by: ActingUser
) -> Booking:
    """Take part another way. Who has a place gives it up only for another place.

    Nothing new is booked, so this goes on once booking has closed. The same way again changes
    nothing. Raises DomainError where there is no free place there,
    the time they booked has begun, or they are of none of its schools any more.
    """
    role_services.lock_person(by.person_id)
    event = event_queries.lock_event(event_id)
    own = queries.find_own_booking(event_id, by.person_id)
    if own is None:
        raise DomainError("You have no booking for this event any more.")
    old, was = own.booking, own.booking.state
    waiting_services.check_role(old, by)
    if event.option(old.option_id).starts_at <= clock.now():
        raise DomainError("The time you booked has begun, so your booking stays as it is.")
    option, mode = services.choose(event, option_id or old.option_id, mode)
    if (option.id, mode) == (old.option_id, old.mode):
        return old
    replacement_services.close(old, reason=REASON, by=by.user_id, keeps_needs=True)
    roles = {row.school_id: row.role for row in old.schools}
    had_place, is_other_time = was is BookingState.BOOKED, option.id != old.option_id
    to, instead_of = Recipient(by.email, by.name), old if had_place else None
    who = Who(by.person_id, roles, to, instead_of=instead_of, has_booked=True)
    new = services.add_booking(event, option, mode, who, by=by, comes_back=is_other_time)
    if was is not BookingState.WAITING and new.state is BookingState.WAITING:
        raise DomainError(NO_PLACE, field="option_id" if is_other_time else "mode")
    need_services.carry_needs(old, new)
    if had_place and is_other_time:
        messages.tell_person(old, event, "events/time_changed", "CANCEL")
    waiting_services.give_places(event, by=by.user_id)
    return new
