"""Booking for colleagues of one's school, and sending somebody else instead."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cop_site import audit, clock
from cop_site.accounts import queries as accounts_queries
from cop_site.accounts import role_queries, role_services
from cop_site.accounts import services as accounts
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.bookings import (
    colleague_queries,
    place_rules,
    policies,
    queries,
    replacement_services,
    second_school_services,
    services,
    waiting_services,
)
from cop_site.bookings import message_services as messages
from cop_site.bookings.models import SUBSTITUTED, Booking, BookingState
from cop_site.bookings.replacement_services import Next
from cop_site.bookings.services import Who
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, Mode, Option
from cop_site.notifications.services import Recipient
from cop_site.people.school_people_services import one_address_at_a_time

MOST_AT_ONCE = 20
NAMED_BY = timedelta(days=2)
UNNAMED = "To be confirmed"
NOT_NAMED = "Nobody was named in time"
FROM_THE_LIST = "Choose people of your school from the list"
ELSEWHERE = "This address belongs to somebody who is not of your school. Ask them to join first."
# Nobody is given one of these by a booking: the school says so of its people.
LEADING = frozenset({SchoolRoleKind.SENCO, SchoolRoleKind.DEPUTY_SENCO, SchoolRoleKind.HEADTEACHER})


@dataclass(frozen=True)
class NewColleague:
    """Somebody of the school whom the site may not know yet. ``row``: of the form, from 1."""

    name: str
    email: str
    role: SchoolRoleKind
    row: int = 1


@dataclass(frozen=True)
class Party:
    """Who comes for one school. ``unnamed``: how many are still to be confirmed.

    ``key`` is the form's: sent twice, it keeps places open once.
    """

    school_id: int
    person_ids: Collection[int] = ()
    newcomers: Collection[NewColleague] = ()
    unnamed: int = 0
    key: str = ""

    @property
    def size(self) -> int:
        return len(self.person_ids) + len(self.newcomers) + self.unnamed


def book_party(
    event_id: int, party: Party, *, option_id: int | None, mode: Mode | None, by: ActingUser
) -> list[Booking]:
    """A booking for each, in order; those for whom there is no place join the waiting list.

    Who has a booking keeps it, and it names the school too. All or none: raises DomainError where
    nobody or too many are named, somebody is not of the school today, or there is no free place
    for who is to be named.
    """
    _check_size(party)
    people = _find_people(event_id, party, by)
    event = event_queries.lock_event(event_id)
    option, mode = services.choose(event, option_id, mode)
    ids = [who.person_id for who in people]
    elsewhere = colleague_queries.list_booked_elsewhere(event_id, party.school_id, ids)
    booked = [
        _add_school(event, elsewhere[who.person_id], party, who, by)
        if who.person_id in elsewhere
        else services.add_booking(event, option, mode, who, by=by)
        for who in people
    ]
    return booked + (_keep_open(event, option, mode, party, by) if party.unnamed else [])


def _add_school(event: Event, booking_id: int, party: Party, who: Who, by: ActingUser) -> Booking:
    """They are called as whoever books knows them: by address where they typed it."""
    called, field = who.to.name if who.to else "Somebody you chose", "person_ids"
    for one in party.newcomers:
        if who.to is not None and one.email == who.to.email:
            called, field = one.email, f"email_{one.row}"
    return second_school_services.add_school(
        event, booking_id, party.school_id, called=called, field=field, by=by
    )


def _keep_open(
    event: Event, option: Option, mode: Mode, party: Party, by: ActingUser
) -> list[Booking]:
    """Places for people to be named. Those there are where the same form was sent before."""
    told: dict[str, Any] = {"school_id": party.school_id, "option_id": option.id}
    key = hashlib.sha256(party.key.encode()).hexdigest()[:32]
    told |= {"mode": mode.value, "places": party.unnamed, "key": key}
    for change in audit.list_changes("event", event.id) if party.key else ():
        if change.by_user_id == by.user_id and told.items() <= change.now.items():
            return _still_kept([queries.get_booking(id_) for id_ in change.now["booking_ids"]])
    if option.starts_at - NAMED_BY <= clock.now():
        raise DomainError("It is too soon to leave names open: say who comes.", field="unnamed")
    kept = []
    for _ in range(party.unnamed):
        person = accounts.add_person(UNNAMED)
        who = Who(person.id, {party.school_id: SchoolRoleKind.TEACHER}, None, is_unnamed=True)
        added = services.add_booking(event, option, mode, who, by=by)
        if added.state is not BookingState.BOOKED:
            is_ruled = place_rules.has_rules(event, option)
            why = (
                "The booking rules leave too few places for your school."
                if is_ruled
                else "There are not enough places."
            )
            raise DomainError(f"{why} Only people with a name can wait for one.", field="unnamed")
        kept.append(added)
    told["booking_ids"] = [booking.id for booking in kept]
    audit.record("event", event.id, "places kept open", by=by.user_id, now=told)
    return kept


def _still_kept(places: list[Booking]) -> list[Booking]:
    """What the same form kept before: a place somebody was named for is theirs."""
    if all(one.is_live or one.cancel_reason == SUBSTITUTED for one in places):
        return [one for one in places if one.is_live]
    raise DomainError(
        "You sent this form before, and changed its places since. Send it again to keep more",
        field="unnamed",
    )


def _check_size(party: Party) -> None:
    if not party.size:
        raise DomainError("Choose at least one person", field="person_ids")
    if party.size > MOST_AT_ONCE:
        raise DomainError(f"Book for {MOST_AT_ONCE} people at most at a time", field="person_ids")


def _find_people(event_id: int, party: Party, by: ActingUser) -> list[Who]:
    """Everybody by id and locked, before the event: who is erased meanwhile must not be booked."""
    known = {
        one.person_id: one for one in colleague_queries.list_colleagues(party.school_id, event_id)
    }
    if any(person_id not in known for person_id in party.person_ids):
        raise DomainError(FROM_THE_LIST, field="person_ids")
    by_id = {person_id: known[person_id].role for person_id in party.person_ids}
    # By address: two lists that share some must not wait for each other.
    for one in sorted(party.newcomers, key=lambda one: one.email):
        person_id, roles = _find_or_add(one, frozenset({party.school_id}), by)
        by_id[person_id] = roles[party.school_id]
    people = [role_services.lock_person(person_id) for person_id in sorted(by_id)]
    order = list(by_id)
    people.sort(key=lambda person: order.index(person.id))
    return [_who(person, party.school_id, by_id[person.id]) for person in people]


def _who(person: Person, school_id: int, role: SchoolRoleKind) -> Who:
    to = Recipient(person.email, person.name) if person.email else None
    return Who(person.id, {school_id: role}, to)


def _find_or_add(
    newcomer: NewColleague, school_ids: frozenset[int], by: ActingUser
) -> tuple[int, dict[int, SchoolRoleKind]]:
    """Whoever has the address keeps their name, and the role they hold at these schools.

    Raises DomainError where ``by`` does not book for them, somebody of elsewhere has it, or the
    role is not one that a booking gives.
    """
    if not policies.books_for(by, school_ids):
        raise DomainError(FROM_THE_LIST, field="person_id")
    one_address_at_a_time(newcomer.email)
    found = colleague_queries.find_by_email(newcomer.email)
    if found is not None:
        held = colleague_queries.find_roles_at(school_ids, found.id)
        if held:
            return found.id, held
        if accounts_queries.find_user_id(found.id) or role_queries.list_roles([found.id]):
            raise DomainError(ELSEWHERE, field=f"email_{newcomer.row}")
    if newcomer.role in LEADING:
        sentence = f"Add a {newcomer.role.label} at “Our people” first, then book for them"
        raise DomainError(sentence, field=f"role_{newcomer.row}")
    person = found or accounts.add_person(newcomer.name, newcomer.email)
    return person.id, dict.fromkeys(school_ids, newcomer.role)


def substitute(
    booking_id: int,
    to: int | NewColleague,
    *,
    by: ActingUser,
) -> Booking:
    """Somebody else comes instead: the same place, or the same turn in the list.

    ``to`` is a colleague's id, or somebody new where ``by`` books for the school. It names those
    schools of the booking that they are of. Sent twice it is one. Raises DomainError where they
    have a booking there already, leave before it, could not take an offer, or it has begun.
    """
    whose = colleague_queries.get_whose(booking_id)
    person_id, roles = _find_next(to, whose.school_ids, by)
    role_services.lock_person(person_id)
    event = event_queries.lock_event(whose.booking.event_id)
    booking = queries.get_booking(booking_id)
    if not booking.is_live or booking.person_id == person_id:
        raise NotFoundError("There is no such booking.")
    if not policies.can_pass_on(by, whose.school_ids):
        raise DomainError("You have no role at the school any more. Ask the school to book.")
    option = event.option(booking.option_id)
    waiting_services.check_open(event, option)
    services.check_stays(option, booking.mode, person_id, roles, field="person_id")
    if queries.find_own_booking(event.id, person_id) is not None:
        raise DomainError("They have a booking for this event already.", field="person_id")
    if booking.state is BookingState.OFFERED and not accounts_queries.find_user_id(person_id):
        # The page where an offer is taken asks to sign in.
        raise DomainError("Take the place first, then send somebody else", field="person_id")
    was, reason = booking.state, SUBSTITUTED
    replacement_services.close(booking, reason=reason, by=by.user_id)
    after = Next(person_id, roles, booking.option_id, booking.mode)
    taken = replacement_services.follow(booking, was, after, reason=reason, by=by.user_id)
    services.overtake_apologies(option, person_id)
    _tell_both(booking, taken, event, by)
    return taken


def _find_next(
    to: int | NewColleague, school_ids: frozenset[int], by: ActingUser
) -> tuple[int, dict[int, SchoolRoleKind]]:
    """Who comes instead, with their role at each school they come for."""
    if isinstance(to, NewColleague):
        return _find_or_add(to, school_ids, by)
    roles = colleague_queries.find_roles_at(school_ids, to)
    if not roles:
        raise DomainError(FROM_THE_LIST, field="person_id")
    return to, roles


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


def take_for_colleague(booking_id: int, *, by: ActingUser) -> Booking:
    """As ``take_place``, by somebody who books for the school; the colleague is told."""
    whose = colleague_queries.get_whose(booking_id)
    event = event_queries.lock_event(whose.booking.event_id)
    booking = queries.get_booking(booking_id)
    if not booking.is_live:
        raise DomainError("They are not on the list for this event any more.")
    if waiting_services.take(event, booking, by=by.user_id) and booking.person.email:
        to = Recipient(booking.person.email, booking.person.name)
        messages.tell_booked(booking, event, to=to, by=by.name)
        db.session.flush()
    return booking


def cancel_for_colleague(booking_id: int, *, by: ActingUser) -> None:
    """As ``cancel_booking``, by somebody who books for the school. Twice is harmless."""
    whose = colleague_queries.get_whose(booking_id)
    event = event_queries.lock_event(whose.booking.event_id)
    booking = queries.get_booking(booking_id)
    if booking.is_live:
        services.give_up(
            event, booking, reason="Cancelled by the school", by=by.user_id, by_name=by.name
        )


def let_go_unnamed(event_id: int, booking_id: int) -> None:
    """Two days before, a place that is for nobody goes to who waits; whoever booked it is told."""
    event = event_queries.lock_event(event_id)
    booking = queries.get_booking(booking_id)
    if not booking.is_live or not booking.is_unnamed:
        return
    if event.option(booking.option_id).starts_at > clock.now() + NAMED_BY:
        # It was moved meanwhile: there is time again to name somebody.
        return
    booker = colleague_queries.find_booker(booking)
    replacement_services.close(booking, reason=NOT_NAMED, by=None)
    if booker is not None and booker.email:
        to = Recipient(booker.email, booker.name)
        messages.tell(booking, event, to, "events/not_named")
    waiting_services.give_places(event, by=None)
    db.session.flush()
