"""Booking a place, the waiting list, cancelling."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events import booking_queries
from cop_site.events import message_services as messages
from cop_site.events.booking_models import Booking, BookingSchool, BookingState
from cop_site.events.booking_queries import Locked
from cop_site.events.models import Event, EventState, Mode, Option
from cop_site.notifications.services import Recipient

LATE = timedelta(hours=24)


def book_place(
    event_id: int, *, mode: Mode | None, school_ids: Collection[int], by: ActingUser
) -> Booking:
    """Book a place for the acting user, or join the waiting list where there is none.

    ``mode`` None takes the only one there is. Booking twice gives the booking that is already
    there, so a double click is harmless. Raises DomainError where the event can't be booked, no
    school is named, or they will have left one of them by then.
    """
    roles = _roles_at(school_ids, by)
    # Before the event, as everywhere: who is erased meanwhile must not be left with a place.
    role_services.lock_person(by.person_id)
    event, option, sessions = booking_queries.lock_option(event_id)
    _check_bookable(event)
    _check_still_there(event, roles, by)
    mode = _chosen_mode(option, mode)
    standing = booking_queries.find_standing(option, mode, by.person_id)
    if standing.own_booking_id is not None:
        return db.session.get_one(Booking, standing.own_booking_id)
    capacity = option.capacity(mode)
    is_free = capacity is None or standing.used < capacity
    booking = _add(event, option, mode, by, waits=not is_free or standing.waiting > 0)
    db.session.add_all(
        BookingSchool(booking_id=booking.id, school_id=school_id, role=role)
        for school_id, role in roles.items()
    )
    messages.tell_booked(booking, event, sessions, to=Recipient(by.email, by.name))
    db.session.flush()
    return booking


def _roles_at(school_ids: Collection[int], by: ActingUser) -> dict[int, SchoolRoleKind]:
    roles = {school_id: by.role_at(school_id) for school_id in school_ids}
    named = {school_id: role for school_id, role in roles.items() if role is not None}
    if not named or len(named) != len(roles):
        raise DomainError("Choose the school you are coming for", field="school_ids")
    return named


def _check_still_there(event: Event, school_ids: Iterable[int], by: ActingUser) -> None:
    """Who leaves before the event leaves its place to whoever comes after them."""
    for school_id in school_ids:
        last = by.last_day_at(school_id)
        if last is not None and last < clock.london_date(event.starts_at):
            raise DomainError(
                f"Your role at {by.schools[school_id]} ends on {clock.say_day(last)}, before this"
                " event. Ask whoever comes after you to book.",
                field="school_ids",
            )


def _check_bookable(event: Event) -> None:
    if event.state is EventState.CANCELLED:
        raise DomainError("This event has been cancelled, so it can’t be booked.")
    if event.state is not EventState.PUBLISHED:
        raise NotFoundError("There is no such event.")
    if event.starts_at <= clock.now():
        raise DomainError("This event has started, so it can’t be booked any more.")


def _chosen_mode(option: Option, mode: Mode | None) -> Mode:
    if mode is None and len(option.modes) == 1:
        return option.modes[0]
    if mode not in option.modes:
        raise DomainError("Choose how you will take part", field="mode")
    return mode


def _add(event: Event, option: Option, mode: Mode, by: ActingUser, *, waits: bool) -> Booking:
    now = clock.now()
    booking = Booking(
        event_id=event.id,
        option_id=option.id,
        person_id=by.person_id,
        mode=mode,
        state=BookingState.WAITING if waits else BookingState.BOOKED,
        booked_by_user_id=by.user_id,
        created_at=now,
        queued_at=now if waits else None,
        place_given_at=None if waits else now,
    )
    db.session.add(booking)
    db.session.flush()
    audit.record("booking", booking.id, "added", by=by.user_id, now={"state": booking.state})
    return booking


def cancel_booking(event_id: int, *, by: ActingUser) -> bool:
    """Cancel the acting user's booking and give the place to the head of the waiting list.

    Under 24 hours before the start it is recorded as late, never blocked. Cancelling twice is
    harmless: the second call returns False. Raises DomainError once the event has ended.
    """
    event, _option, sessions = locked = booking_queries.lock_option(event_id)
    if event.ends_at <= clock.now():
        raise DomainError("This event is over, so the booking can’t be cancelled.")
    own = booking_queries.find_own_booking(event_id, by.person_id)
    if own is None:
        return False
    _cancel(own.booking, event, by.user_id)
    messages.tell_cancelled(own.booking, event, sessions, to=Recipient(by.email, by.name))
    give_places(locked, own.booking.mode, by=by.user_id)
    return True


def cancel_for(event_id: int, person_id: int, *, by: int | None) -> None:
    """As ``cancel_booking`` for somebody who is erased, and so is not told."""
    locked = booking_queries.lock_option(event_id)
    own = booking_queries.find_own_booking(event_id, person_id)
    if own is not None and locked.event.ends_at > clock.now():
        _cancel(own.booking, locked.event, by)
        give_places(locked, own.booking.mode, by=by)


def _cancel(booking: Booking, event: Event, by: int | None) -> None:
    had_place = booking.state is not BookingState.WAITING
    was = booking.state
    booking.state = BookingState.CANCELLED
    booking.cancelled_at = clock.now()
    booking.cancelled_late = had_place and clock.now() > event.starts_at - LATE
    audit.record(
        "booking",
        booking.id,
        "cancelled",
        by=by,
        was={"state": was},
        now={"state": booking.state, "late": booking.cancelled_late},
    )
    db.session.flush()


def give_places(locked: Locked, mode: Mode, *, by: int | None) -> list[Booking]:
    """Give every free place to the head of the waiting list, in order. The option is locked.

    ``by`` is the account that made them free, None for the site itself. Nobody is moved up once
    the event has started, or while it is not published.
    """
    event, option, sessions = locked
    if event.state is not EventState.PUBLISHED or event.starts_at <= clock.now():
        return []
    standing = booking_queries.find_standing(option, mode, None)
    capacity = option.capacity(mode)
    free = standing.waiting if capacity is None else capacity - standing.used
    if free <= 0 or not standing.waiting:
        return []
    given = booking_queries.list_waiting(option, mode, free)
    for booking in given:
        booking.state = BookingState.BOOKED
        booking.place_given_at = clock.now()
        audit.record(
            "booking",
            booking.id,
            "place given",
            by=by,
            was={"state": BookingState.WAITING},
            now={"state": BookingState.BOOKED},
        )
        messages.tell_place_given(booking, event, sessions)
    db.session.flush()
    return given


def move_to_mode(option: Option, mode: Mode, *, by: ActingUser) -> None:
    """Move every live booking to the only mode an option has left, order kept."""
    moved = list(
        db.session.scalars(
            sa.update(Booking)
            .where(
                Booking.option_id == option.id,
                Booking.mode != mode,
                Booking.state != BookingState.CANCELLED,
            )
            .values(mode=mode)
            .returning(Booking.id)
        )
    )
    now = {"mode": mode.value}
    changes: list[tuple[int, dict[str, Any], dict[str, Any]]]
    changes = [(booking_id, {}, now) for booking_id in moved]
    audit.record_many("booking", "moved to another mode", changes, by=by.user_id)
