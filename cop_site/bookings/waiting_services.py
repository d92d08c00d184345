"""The waiting list: places that come free are offered in order, and each offer runs out.

In the last day before the start nothing is kept: whoever comes first has the place.
"""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import message_services as messages
from cop_site.bookings import need_services, offer_times, place_queries, place_rules, queries
from cop_site.bookings.models import Booking, BookingState
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState, Mode, Option
from cop_site.notifications import queries as outbox
from cop_site.notifications.services import Recipient
from cop_site.schools.queries import list_terms


def check_open(event: Event, option: Option) -> None:
    """Raises where nobody can book: not published, cancelled, or begun."""
    if event.state is EventState.CANCELLED:
        raise DomainError("This event has been cancelled, so it can’t be booked.")
    if event.state is not EventState.PUBLISHED:
        raise NotFoundError("There is no such event.")
    if option.starts_at <= clock.now():
        raise DomainError("This event has started, so it can’t be booked any more.")


def settle(event: Event) -> None:
    """End the offers that ran out, then offer every free place. The event is locked.

    No offer runs into the last day before the start, also of an event that was moved near.
    """
    for booking in queries.list_offered(event.id):
        latest = event.option(booking.option_id).starts_at - offer_times.FIRST_COME
        if booking.offer_expires_at is not None:
            booking.offer_expires_at = min(booking.offer_expires_at, latest)
        if booking.has_lapsed:
            _end_offer(booking, event)
    db.session.flush()
    give_places(event, by=None)


def _end_offer(booking: Booking, event: Event) -> None:
    """Who did not answer leaves the list; who had less than the full time keeps their turn."""
    option = event.option(booking.option_id)
    was_cut = offer_times.is_first_come(option.starts_at)
    state = BookingState.WAITING if was_cut else BookingState.CANCELLED
    audit.record(
        "booking",
        booking.id,
        "offer ran out",
        by=None,
        was={"state": BookingState.OFFERED},
        now={"state": state},
    )
    booking.state = state
    if not was_cut:
        booking.cancelled_at = clock.now()
        booking.cancel_reason = "The offer ran out"
        need_services.drop_needs(booking)
        messages.tell_offer_ended(booking, event)


def give_places(event: Event, *, by: int | None) -> None:
    """Offer each free place to the head of its waiting list, in order. The event is locked.

    ``by`` is the account that made them free, None for the site itself. Out of school hours they
    are kept until somebody asks again, and nothing is offered once the event has started, or
    while it is not published.
    """
    if event.state is not EventState.PUBLISHED:
        return
    for option in event.options:
        if option.starts_at > clock.now():
            for mode in option.modes:
                _give(event, option, mode, by)


def _give(event: Event, option: Option, mode: Mode, by: int | None) -> None:
    standing = queries.find_standing(option, mode, None)
    capacity = option.capacity(mode)
    free = None if capacity is None else capacity - standing.used
    if not standing.is_waited_for or (free is not None and free <= 0):
        return
    if offer_times.is_first_come(option.starts_at):
        _tell_free(event, option, mode)
        return
    terms = list_terms()
    if not offer_times.may_offer(terms):
        return
    until = offer_times.find_deadline(terms, event.offer_days, option.starts_at)
    for booking in _list_next(event, option, mode, free):
        booking.state = BookingState.OFFERED
        booking.offered_at, booking.offer_expires_at = clock.now(), until
        _record(booking, "place offered", by, was=BookingState.WAITING)
        messages.tell_offered(booking, event)
    db.session.flush()


def _list_next(event: Event, option: Option, mode: Mode, free: int | None) -> list[Booking]:
    """Who is offered one of so many free places, None for any number, in order.

    Those whom a rule stops wait on, and so do those who have left.
    """
    if not place_rules.has_rules(event, option):
        return queries.list_to_offer(option, mode, free)
    chosen = place_queries.find_queues(event)[option.id, mode].choose()
    waiting = queries.list_to_offer(option, mode, None) if chosen else []
    return [booking for booking in waiting if booking.id in chosen]


def _tell_free(event: Event, option: Option, mode: Mode) -> None:
    """Everybody who waits may take it now; once for each place that comes free."""
    start = option.starts_at - offer_times.FIRST_COME
    taken = queries.count_given_since(option, mode, start)
    # By the start too: one that was moved is free, and told, anew.
    taken += int(option.starts_at.timestamp()) // 60 % 1_000_000 * 1000
    for booking in queries.list_to_offer(option, mode, None):
        told = outbox.list_recipients("booking", booking.id, "events/place_free", taken)
        to, whose = messages.who_answers(booking)
        if to is not None and to.email not in told:
            messages.tell(booking, event, to, "events/place_free", more=whose, version=taken)


def take_place(event_id: int, *, by: ActingUser) -> Booking:
    """Take the place that is offered, or in the last day any that is free.

    Taken twice is taken once. Raises DomainError where it has gone, or the event is not on.
    """
    event = event_queries.lock_event(event_id)
    own = queries.find_own_booking(event_id, by.person_id)
    if own is None:
        raise DomainError("You are not on the list for this event any more.")
    if own.booking.state is not BookingState.BOOKED:
        check_role(own.booking, by)
    if take(event, own.booking, by=by.user_id):
        messages.tell_booked(own.booking, event, to=Recipient(by.email, by.name))
        db.session.flush()
    return own.booking


def take(event: Event, booking: Booking, *, by: int) -> bool:
    """A live booking has its place; False where it has one already. The event is locked."""
    if booking.state is BookingState.BOOKED:
        return False
    option = event.option(booking.option_id)
    check_open(event, option)
    _check_free(booking, option)
    was = booking.state
    booking.state, booking.place_given_at = BookingState.BOOKED, clock.now()
    _record(booking, "place taken", by, was=was)
    db.session.flush()
    return True


def check_role(booking: Booking, by: ActingUser) -> None:
    """Who has left all schools of a booking makes nothing more of it. Needs schools loaded."""
    if not any(row.school_id in by.schools for row in booking.schools):
        names = " or ".join(sorted(row.school.name for row in booking.schools))
        raise DomainError(f"You have no role at {names} any more. Ask the school to book.")


def _check_free(booking: Booking, option: Option) -> None:
    """An offer is kept until it runs out; in the last day whatever is free may be taken."""
    if booking.state is BookingState.OFFERED and not booking.has_lapsed:
        return
    if offer_times.is_first_come(option.starts_at):
        used = queries.find_standing(option, booking.mode, None).used
        capacity = option.capacity(booking.mode)
        if capacity is None or used < capacity:
            return
    elif booking.has_lapsed:
        raise DomainError("The offer has run out. Book again to join the end of the list.")
    raise DomainError("There is no free place now. You keep your turn in the list.")


def move_up(event_id: int, booking_id: int, reason: str, *, by: ActingUser) -> Booking:
    """Somebody goes to the head of their waiting list, for a reason that is kept.

    Raises NotFoundError where they are not at this event, DomainError where they don't wait.
    """
    event = event_queries.lock_event(event_id)
    booking = queries.get_booking(booking_id)
    if booking.event_id != event_id:
        raise NotFoundError("There is no such booking.")
    check_open(event, event.option(booking.option_id))
    if booking.state is not BookingState.WAITING:
        raise DomainError("Only somebody who waits can be moved up.")
    option = event.option(booking.option_id)
    head = queries.find_head(option, booking.mode)
    if head.id != booking.id and head.queued_at is not None:
        booking.queued_at = head.queued_at - offer_times.STEP
    booking.moved_up_reason = reason
    audit.record("booking", booking.id, "moved up", by=by.user_id, reason=reason)
    db.session.flush()
    settle(event)
    return booking


def _record(booking: Booking, verb: str, by: int | None, *, was: BookingState) -> None:
    now = {"state": booking.state}
    audit.record("booking", booking.id, verb, by=by, was={"state": was}, now=now)


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
    changes: list[audit.Entry] = [(booking_id, {}, {"mode": mode.value}) for booking_id in moved]
    audit.record_many("booking", "moved to another mode", changes, by=by.user_id)
