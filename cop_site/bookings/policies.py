"""Who may book, for whom, and what a booking may have."""

from __future__ import annotations

from collections.abc import Collection

from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings.models import BOOKERS, Booking, BookingState
from cop_site.bookings.place_queries import Places


def can_book(user: ActingUser) -> bool:
    """Anyone with a role at a school today, for themselves."""
    return bool(user.school_roles)


def schools_booked_for(user: ActingUser) -> dict[int, str]:
    """The schools for whose people they may book, id to name."""
    held = {role.school_id for role in user.school_roles if role.role in BOOKERS}
    return {id_: name for id_, name in user.schools.items() if id_ in held}


def can_change_booking(user: ActingUser, person_id: int, school_ids: frozenset[int]) -> bool:
    """Their own, or one that names only schools they book for."""
    return person_id == user.person_id or books_for(user, school_ids)


def can_pass_on(user: ActingUser, school_ids: frozenset[int]) -> bool:
    """Whoever has left all schools of a booking names nobody for them any more."""
    return not school_ids.isdisjoint(user.schools)


def books_for(user: ActingUser, school_ids: frozenset[int]) -> bool:
    """Whoever books for all of these schools may also name somebody who is on no list."""
    return bool(school_ids) and school_ids <= schools_booked_for(user).keys()


def can_take(booking: Booking, places: dict[int, list[Places]]) -> bool:
    """Whether a place is kept for whom this booking is, or free for whoever comes first."""
    if booking.state is BookingState.OFFERED:
        return not booking.has_lapsed
    waits = booking.state is BookingState.WAITING
    own = list_own(booking, places)
    return waits and any(part.is_first_come and not part.is_full for part in own)


def is_kept_for(booking: Booking, places: dict[int, list[Places]]) -> bool:
    """Whether a place is free that will be offered to those who wait as this booking does."""
    return any(part.is_kept for part in list_own(booking, places))


def must_wait(part: Places, school_ids: Collection[int]) -> bool:
    """Whether who comes for these schools would join the list: no place, or the schools' limit."""
    return part.is_full or bool(school_ids and part.at_limit.issuperset(school_ids))


def list_own(booking: Booking, places: dict[int, list[Places]]) -> list[Places]:
    """The places of the booking's option in its mode."""
    return [part for part in places.get(booking.option_id, ()) if part.mode is booking.mode]
