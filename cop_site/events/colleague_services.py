"""Booking for colleagues of one's school, and sending somebody else instead."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from cop_site import clock
from cop_site.accounts import role_services
from cop_site.accounts import services as accounts
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events import booking_queries, booking_services, colleague_queries, waiting_services
from cop_site.events import message_services as messages
from cop_site.events import succession_services as succession
from cop_site.events.booking_models import Booking, BookingState
from cop_site.events.booking_services import Who
from cop_site.events.models import Event, Mode
from cop_site.events.succession_services import Next
from cop_site.notifications.services import Recipient

MOST_AT_ONCE = 20
NAMED_BY = timedelta(days=2)
UNNAMED = "To be confirmed"
SUBSTITUTED = "Somebody else comes instead"
NOT_NAMED = "Nobody was named in time"


@dataclass(frozen=True)
class NewColleague:
    """Somebody of the school whom the site may not know yet."""

    name: str
    email: str
    role: SchoolRoleKind


@dataclass(frozen=True)
class Party:
    """Who comes for one school. ``unnamed``: how many are still to be confirmed."""

    school_id: int
    person_ids: Collection[int] = ()
    newcomers: Collection[NewColleague] = ()
    unnamed: int = 0

    @property
    def size(self) -> int:
        return len(self.person_ids) + len(self.newcomers) + self.unnamed


def book_party(
    event_id: int, party: Party, *, option_id: int | None, mode: Mode | None, by: ActingUser
) -> list[Booking]:
    """A booking for each, in order; those for whom there is no place join the waiting list.

    Who has a booking keeps it. All or none: raises DomainError where nobody or too many are
    named, somebody is not of the school today, or there is no free place for who is to be named.
    """
    _check_size(party)
    people = _find_people(event_id, party)
    event = booking_queries.lock_event(event_id)
    option, mode = booking_services.choose(event, option_id, mode)
    booked = [booking_services.add_booking(event, option, mode, who, by=by) for who in people]
    if party.unnamed and option.starts_at - NAMED_BY <= clock.now():
        raise DomainError("It is too soon to leave names open: say who comes.", field="unnamed")
    for _ in range(party.unnamed):
        person = accounts.add_person(UNNAMED)
        who = Who(person.id, {party.school_id: SchoolRoleKind.TEACHER}, None, is_unnamed=True)
        added = booking_services.add_booking(event, option, mode, who, by=by)
        if added.state is not BookingState.BOOKED:
            raise DomainError(
                "There are not enough places. Only people with a name can wait for one.",
                field="unnamed",
            )
        booked.append(added)
    return booked


def _check_size(party: Party) -> None:
    if not party.size:
        raise DomainError("Choose at least one person", field="person_ids")
    if party.size > MOST_AT_ONCE:
        raise DomainError(f"Book for {MOST_AT_ONCE} people at most at a time", field="person_ids")


def _find_people(event_id: int, party: Party) -> list[Who]:
    """Everybody by id and locked, before the event: who is erased meanwhile must not be booked."""
    known = {
        one.person_id: one for one in colleague_queries.list_colleagues(party.school_id, event_id)
    }
    if any(person_id not in known for person_id in party.person_ids):
        raise DomainError("Choose people of your school from the list", field="person_ids")
    chosen = [(known[person_id].role, person_id) for person_id in party.person_ids]
    # By address: two lists that share some must not wait for each other.
    newcomers = sorted(party.newcomers, key=lambda one: one.email)
    chosen += [(one.role, _find_or_add(one).id) for one in newcomers]
    by_id = {person_id: role for role, person_id in chosen}
    people = [role_services.lock_person(person_id) for person_id in sorted(by_id)]
    order = list(by_id)
    people.sort(key=lambda person: order.index(person.id))
    return [_who(person, party.school_id, by_id[person.id]) for person in people]


def _who(person: Person, school_id: int, role: SchoolRoleKind) -> Who:
    to = Recipient(person.email, person.name) if person.email else None
    return Who(person.id, {school_id: role}, to)


def _find_or_add(newcomer: NewColleague) -> Person:
    """Whoever has the address keeps their name."""
    found = colleague_queries.find_by_email(newcomer.email)
    return found or accounts.add_person(newcomer.name, newcomer.email)


def substitute(
    booking_id: int,
    to: int | NewColleague,
    *,
    role: SchoolRoleKind | None = None,
    by: ActingUser,
) -> Booking:
    """Somebody else comes instead: the same place, or the same turn in the list.

    ``to`` is a colleague's id, with their ``role``, or somebody new. Sent twice it is one. Raises
    DomainError where they have a booking there already, or the event has begun.
    """
    person_id = to if isinstance(to, int) else _find_or_add(to).id
    whose = colleague_queries.get_whose(booking_id)
    role_services.lock_person(person_id)
    event = booking_queries.lock_event(whose.booking.event_id)
    booking = booking_queries.get_booking(booking_id)
    if not booking.is_live or booking.person_id == person_id:
        raise NotFoundError("There is no such booking.")
    waiting_services.check_open(event, event.option(booking.option_id))
    if booking_queries.find_own_booking(event.id, person_id) is not None:
        raise DomainError("They have a booking for this event already.", field="person_id")
    kept = to.role if isinstance(to, NewColleague) else role
    roles = {row.school_id: kept or row.role for row in booking.schools}
    was, reason = booking.state, SUBSTITUTED
    succession.close(booking, reason=reason, by=by.user_id)
    after = Next(person_id, roles, booking.option_id, booking.mode)
    taken = succession.follow(booking, was, after, reason=reason, by=by.user_id)
    _tell_both(booking, taken, event, by)
    return taken


def _tell_both(booking: Booking, taken: Booking, event: Event, by: ActingUser) -> None:
    had_place = taken.state is BookingState.BOOKED
    more = {"other": taken.person.name, "by_self": booking.person_id == by.person_id}
    if not booking.is_unnamed:
        method = "CANCEL" if had_place else ""
        messages.tell_person(booking, event, "events/place_passed", method, more=more)
    if taken.state is BookingState.OFFERED:
        messages.tell_offered(taken, event)
    elif taken.person.email:
        to = Recipient(taken.person.email, taken.person.name)
        by_name = "" if taken.person_id == by.person_id else by.name
        messages.tell_booked(taken, event, to=to, by=by_name)


def cancel_for_colleague(booking_id: int, *, by: ActingUser) -> None:
    """As ``cancel_booking``, by somebody who books for the school. Twice is harmless."""
    whose = colleague_queries.get_whose(booking_id)
    event = booking_queries.lock_event(whose.booking.event_id)
    booking = booking_queries.get_booking(booking_id)
    if booking.is_live:
        booking_services.give_up(
            event, booking, reason="Cancelled by the school", by=by.user_id, by_name=by.name
        )


def let_go_unnamed(event_id: int, booking_id: int) -> None:
    """Two days before, a place that is for nobody goes to who waits; whoever booked it is told."""
    event = booking_queries.lock_event(event_id)
    booking = booking_queries.get_booking(booking_id)
    if not booking.is_live or not booking.is_unnamed:
        return
    booker = colleague_queries.find_booker(booking)
    succession.close(booking, reason=NOT_NAMED, by=None)
    if booker is not None and booker.email:
        to = Recipient(booker.email, booker.name)
        messages.tell(booking, event, to, "events/not_named")
    waiting_services.give_places(event, by=None)
    db.session.flush()
