"""Booking a place, and giving it up."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from cop_site import audit, clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind
from cop_site.bookings import (
    claim_queries,
    need_services,
    offer_times,
    place_queries,
    place_rules,
    queries,
    signals,
    waiting_services,
)
from cop_site.bookings import message_services as messages
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.bookings.place_rules import Claim
from cop_site.bookings.queries import Standing
from cop_site.bookings.signals import Overtaken
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Mode, Option
from cop_site.notifications.services import Recipient

LATE = timedelta(hours=24)


def book_place(
    event_id: int,
    *,
    mode: Mode | None,
    school_ids: Collection[int],
    by: ActingUser,
    option_id: int | None = None,
) -> Booking:
    """Book a place for the acting user, or join the waiting list where there is none.

    ``option_id`` and ``mode`` None take the only one there is. Booking twice gives the booking
    that is already there, so a double click is harmless. Raises DomainError where the event
    can't be booked, no school is named, or they will have left one of them by then.
    """
    roles = _roles_at(school_ids, by)
    # Before the event, as everywhere: who is erased meanwhile must not be left with a place.
    role_services.lock_person(by.person_id)
    event = event_queries.lock_to_book(event_id)
    option, mode = choose(event, option_id, mode)
    _check_still_there(option, roles, by)
    who = Who(by.person_id, roles, Recipient(by.email, by.name))
    return add_booking(event, option, mode, who, by=by)


@dataclass(frozen=True)
class Who:
    """Whom a place is for, and for which schools in which role. ``to``: None has no address.

    ``instead_of``: the place of their own that they give up for it. ``has_booked``: it follows a
    booking of theirs, so it is none that the time to book could stop.
    """

    person_id: int
    roles: Mapping[int, SchoolRoleKind]
    to: Recipient | None
    is_unnamed: bool = False
    instead_of: Booking | None = None
    has_booked: bool = False


def choose(event: Event, option_id: int | None, mode: Mode | None) -> tuple[Option, Mode]:
    """The option and the mode asked for, None for the only one. Raises where it can't be booked."""
    option = _chosen_option(event, option_id)
    waiting_services.check_open(event, option)
    return option, _chosen_mode(option, mode)


def add_booking(
    event: Event, option: Option, mode: Mode, who: Who, *, by: ActingUser, comes_back: bool = True
) -> Booking:
    """A place, or a turn in the list; the booking they have already where there is one.

    ``comes_back``: False for who never gave these dates up, and may have apologised for one.
    """
    standing = _find_standing(event, option, mode, who)
    if standing.own_booking_id is not None:
        return db.session.get_one(Booking, standing.own_booking_id)
    if standing.leaves:
        # Read under the lock of the person: it may have ended just now.
        _refuse_leaver(who, by)
    # Who makes the event adds people whenever they like.
    if not (who.has_booked or event_policies.can_edit(by, event)):
        place_rules.check_window(event)
    claim = claim_queries.make_claim(event, option, who.roles)
    waits = _must_wait(event, option, mode, standing, claim)
    booking = _add(option, mode, who, by, waits=waits)
    booking.for_new_school = claim.is_new
    if comes_back and standing.came_back:
        overtake_apologies(option, who.person_id)
    if standing.remembered_id is not None:
        need_services.bring_remembered(booking, standing.remembered_id)
    db.session.add_all(
        BookingSchool(booking_id=booking.id, school_id=school_id, role=role)
        for school_id, role in who.roles.items()
    )
    if who.to is not None:
        by_name, was = _booker(who, by), who.instead_of
        messages.tell_booked(booking, event, to=who.to, by=by_name, was=was)
    db.session.flush()
    return booking


def overtake_apologies(option: Option, person_id: int) -> None:
    """Who has a place again comes: what they said of its dates ahead holds no more."""
    ahead = frozenset(one.id for one in option.sessions if one.starts_at > clock.now())
    signals.overtake_apologies(Overtaken(ahead, person_id, "booked again"))


def _booker(who: Who, by: ActingUser) -> str:
    """Who booked it for them, "" for themselves."""
    return "" if who.person_id == by.person_id else by.name


def _find_standing(event: Event, option: Option, mode: Mode, who: Who) -> Standing:
    """An offer that ran out goes on before somebody new comes."""
    standing = queries.find_standing(option, mode, who.person_id, who.roles)
    if standing.lapsed:
        waiting_services.settle(event)
        standing = queries.find_standing(option, mode, who.person_id, who.roles)
    return standing


def _refuse_leaver(who: Who, by: ActingUser) -> NoReturn:
    if who.person_id == by.person_id:
        raise DomainError(
            "Your role at the school ends before this event. Ask whoever comes after you to book.",
            field="school_ids",
        )
    name = who.to.name if who.to else "Somebody you chose"
    raise DomainError(
        f"{name} leaves the school before this event. Book for whoever comes after them.",
        field="person_ids",
    )


def check_stays(
    option: Option, mode: Mode, person_id: int, school_ids: Iterable[int], *, field: str
) -> None:
    """Whoever leaves before the event takes over nobody's place there."""
    if queries.find_standing(option, mode, person_id, school_ids).leaves:
        raise DomainError(
            "They leave the school before this event. Choose whoever comes after them.",
            field=field,
        )


def _must_wait(event: Event, option: Option, mode: Mode, standing: Standing, claim: Claim) -> bool:
    """Nobody passes those who wait, until nothing is kept for them any more."""
    if place_rules.has_rules(event, option):
        return place_queries.find_queues(event)[option.id, mode].must_wait(claim)
    capacity = option.capacity(mode)
    is_full = capacity is not None and standing.used >= capacity
    return is_full or (standing.is_waited_for and not offer_times.is_first_come(option.starts_at))


def _roles_at(school_ids: Collection[int], by: ActingUser) -> dict[int, SchoolRoleKind]:
    roles = {school_id: by.role_at(school_id) for school_id in school_ids}
    named = {school_id: role for school_id, role in roles.items() if role is not None}
    if not named or len(named) != len(roles):
        raise DomainError("Choose the school you are coming for", field="school_ids")
    return named


def _check_still_there(option: Option, school_ids: Iterable[int], by: ActingUser) -> None:
    """Who leaves before the event leaves its place to whoever comes after them."""
    for school_id in school_ids:
        last = by.last_day_at(school_id)
        if last is not None and last < clock.london_date(option.ends_at):
            raise DomainError(
                f"Your role at {by.schools[school_id]} ends on {clock.say_day(last)}, before this"
                " event. Ask whoever comes after you to book.",
                field="school_ids",
            )


def _chosen_option(event: Event, option_id: int | None) -> Option:
    if option_id is None and len(event.options) == 1:
        return event.options[0]
    for option in event.options:
        if option.id == option_id:
            return option
    raise DomainError("Choose when you will come", field="option_id")


def _chosen_mode(option: Option, mode: Mode | None) -> Mode:
    if mode is None and len(option.modes) == 1:
        return option.modes[0]
    if mode not in option.modes:
        raise DomainError("Choose how you will take part", field="mode")
    return mode


def _add(option: Option, mode: Mode, who: Who, by: ActingUser, *, waits: bool) -> Booking:
    now = clock.now()
    booking = Booking(
        event_id=option.event_id,
        option_id=option.id,
        person_id=who.person_id,
        mode=mode,
        state=BookingState.WAITING if waits else BookingState.BOOKED,
        booked_by_user_id=by.user_id,
        created_at=now,
        queued_at=now if waits else None,
        place_given_at=None if waits else now,
        is_unnamed=who.is_unnamed,
    )
    db.session.add(booking)
    db.session.flush()
    audit.record("booking", booking.id, "added", by=by.user_id, now={"state": booking.state})
    return booking


def cancel_booking(event_id: int, *, by: ActingUser, reason: str = "") -> bool:
    """Cancel the acting user's booking, or decline an offer; the place goes to who is next.

    Under 24 hours before the start it is recorded as late, never blocked. Cancelling twice is
    harmless: the second call returns False. Raises DomainError once its last date has ended.
    """
    event = event_queries.lock_event(event_id)
    own = queries.find_own_booking(event_id, by.person_id)
    if own is None:
        _refuse_over(event)
        return False
    give_up(event, own.booking, reason=reason, by=by.user_id)
    return True


def give_up(
    event: Event, booking: Booking, *, reason: str, by: int | None = None, by_name: str = ""
) -> None:
    """A live booking ends and its person is told. The event is locked.

    ``by_name``: who did it, where it was not they. Raises DomainError once its last date has ended.
    """
    _refuse_over(event.option(booking.option_id))
    was = booking.state
    _cancel(booking, event, by, reason)
    method = "CANCEL" if was is BookingState.BOOKED else ""
    more = {"had": was.value, "by": by_name}
    messages.tell_person(booking, event, "events/booking_cancelled", method, more=more)
    waiting_services.give_places(event, by=by)


def _refuse_over(booked: Event | Option) -> None:
    if booked.ends_at <= clock.now():
        raise DomainError("This event is over, so the booking can’t be cancelled.")


def cancel_for(event_id: int, person_id: int, *, by: int | None) -> None:
    """As ``cancel_booking`` for somebody who is erased, and so is not told."""
    event = event_queries.lock_event(event_id)
    own = queries.find_own_booking(event_id, person_id)
    if own is not None and event.ends_at > clock.now():
        _cancel(own.booking, event, by)
        waiting_services.give_places(event, by=by)


def _cancel(booking: Booking, event: Event, by: int | None, reason: str = "") -> None:
    had_place = booking.state is BookingState.BOOKED
    was, starts_at = booking.state, event.option(booking.option_id).starts_at
    booking.state = BookingState.CANCELLED
    booking.cancelled_at = clock.now()
    booking.cancel_reason = reason
    booking.cancelled_late = had_place and clock.now() > starts_at - LATE
    need_services.drop_needs(booking)
    audit.record(
        "booking",
        booking.id,
        "cancelled",
        by=by,
        was={"state": was},
        now={"state": booking.state, "late": booking.cancelled_late},
    )
    db.session.flush()
