"""One booking takes another's place: a row stays its person's, so that the next is a new row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cop_site import audit, clock
from cop_site.accounts.models import SchoolRoleKind
from cop_site.bookings import need_queries, need_services, queries
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.db import db
from cop_site.events.models import Mode


@dataclass(frozen=True)
class Next:
    """Whose the place, the offer or the turn in the list is next, and where."""

    person_id: int
    roles: Mapping[int, SchoolRoleKind]
    option_id: int
    mode: Mode


def close(booking: Booking, *, reason: str, by: int | None, keeps_needs: bool = False) -> None:
    """Never late: the place is not lost. Flushed, as the database counts live bookings.

    ``keeps_needs``: the same person comes, so what they need is still wanted.
    """
    if not keeps_needs:
        need_services.drop_needs(booking)
    was = booking.state
    booking.state = BookingState.CANCELLED
    booking.cancelled_at = clock.now()
    booking.cancel_reason = reason
    audit.record(
        "booking",
        booking.id,
        "cancelled",
        by=by,
        was={"state": was},
        now={"state": booking.state, "late": False},
        reason=reason,
    )
    db.session.flush()


def follow(old: Booking, was: BookingState, after: Next, *, reason: str, by: int | None) -> Booking:
    """The new row, in the state and at the turn that the old one had before it was closed.

    With person and schools, and what its person lets the site remember of their needs.
    """
    now = clock.now()
    booking = Booking(
        event_id=old.event_id,
        option_id=after.option_id,
        person_id=after.person_id,
        mode=after.mode,
        state=was,
        booked_by_user_id=by,
        created_at=now,
        queued_at=old.queued_at,
        offered_at=old.offered_at if was is BookingState.OFFERED else None,
        offer_expires_at=old.offer_expires_at if was is BookingState.OFFERED else None,
        place_given_at=now if was is BookingState.BOOKED else None,
        for_new_school=old.for_new_school,
        moved_up_reason=old.moved_up_reason,
    )
    db.session.add(booking)
    db.session.flush()
    db.session.add_all(
        BookingSchool(booking_id=booking.id, school_id=school_id, role=role)
        for school_id, role in after.roles.items()
    )
    known = need_queries.find_remembered(after.person_id)
    if known is not None:
        need_services.bring_remembered(booking, known.id)
    told = {"state": booking.state, "instead_of": old.id}
    audit.record("booking", booking.id, "added", by=by, now=told, reason=reason)
    db.session.flush()
    return queries.get_booking(booking.id)
