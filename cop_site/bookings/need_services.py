"""Saying what one needs to take part, having it remembered, and reading it as who runs an event."""

from __future__ import annotations

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import need_queries, queries
from cop_site.bookings.models import Booking
from cop_site.bookings.need_models import BookingNeeds, RememberedNeeds
from cop_site.bookings.need_queries import NeedsRow
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import queries as event_queries
from cop_site.events.models import EventState


def note_needs(
    event_id: int, *, access: str, diet: str, remember: bool, by: ActingUser
) -> BookingNeeds | None:
    """What the acting user needs at an event; nothing at all takes away what they said before.

    ``remember`` keeps it for their next bookings, and without it nothing is kept. The history
    says that they spoke, never what they said. Raises DomainError without a live booking, or
    once the event is over or cancelled.
    """
    # Whoever is erased, or gives the place up, meanwhile must not be left with a text.
    role_services.lock_person(by.person_id)
    event = event_queries.lock_event(event_id)
    own = queries.find_own_booking(event_id, by.person_id)
    if own is None:
        raise DomainError("You have no booking for this event any more.")
    if event.state is EventState.CANCELLED:
        raise DomainError("This event has been cancelled.")
    if event.ends_at <= clock.now():
        raise DomainError("This event is over.")
    needs = need_queries.find_needs(own.booking.id) or BookingNeeds(booking_id=own.booking.id)
    _write(needs, access, diet)
    audit.record("booking", own.booking.id, "needs noted", by=by.user_id)
    _remember(access, diet, by, is_wanted=remember)
    db.session.flush()
    return needs if access or diet else None


def _write(needs: BookingNeeds | RememberedNeeds, access: str, diet: str) -> None:
    needs.access, needs.diet, needs.noted_at = access, diet, clock.now()
    is_new = needs.id is None
    if access or diet:
        db.session.add(needs)
    elif not is_new:
        db.session.delete(needs)


def _remember(access: str, diet: str, by: ActingUser, *, is_wanted: bool) -> None:
    known = need_queries.find_remembered(by.person_id)
    if known is None and not (is_wanted and (access or diet)):
        return
    known = known or RememberedNeeds(person_id=by.person_id)
    _write(known, *(access, diet) if is_wanted else ("", ""))
    verb = "needs remembered" if is_wanted and (access or diet) else "needs forgotten"
    audit.record("person", by.person_id, verb, by=by.user_id)


def forget_needs(*, by: ActingUser) -> None:
    """Nothing is remembered for the next bookings; those there are keep theirs. Twice is once."""
    role_services.lock_person(by.person_id)
    _remember("", "", by, is_wanted=False)
    db.session.flush()


def bring_remembered(booking: Booking, remembered_id: int) -> None:
    """A new booking begins with what its person lets the site remember."""
    known = db.session.get_one(RememberedNeeds, remembered_id)
    db.session.add(
        BookingNeeds(
            booking_id=booking.id, access=known.access, diet=known.diet, noted_at=clock.now()
        )
    )


def carry_needs(old: Booking, new: Booking) -> None:
    """The same person comes another way: what they said goes before what is remembered."""
    said = need_queries.find_needs(old.id)
    if said is None:
        return
    brought = need_queries.find_needs(new.id)
    if brought is not None:
        db.session.delete(brought)
        db.session.flush()
    said.booking_id = new.id


def drop_needs(booking: Booking) -> None:
    """Who gives a place up needs nothing there any more, and nobody is to read it."""
    db.session.execute(sa.delete(BookingNeeds).where(BookingNeeds.booking_id == booking.id))


def drop_needs_at(event_id: int) -> None:
    """Of an event that is called off: there is nothing left to prepare. The event is locked."""
    booked = sa.select(Booking.id).where(Booking.event_id == event_id)
    db.session.execute(sa.delete(BookingNeeds).where(BookingNeeds.booking_id.in_(booked)))


def read_needs(event_id: int, *, by: ActingUser) -> list[NeedsRow]:
    """What people with a place need. Confidential, so the history says who read it."""
    rows = need_queries.list_needs(event_id)
    audit.record("event", event_id, "needs read", by=by.user_id, now={"people": len(rows)})
    db.session.flush()
    return rows


def delete_needs_of(person_ids: frozenset[int]) -> None:
    """Of somebody who is erased, remembered and at every event."""
    theirs = sa.select(Booking.id).where(Booking.person_id.in_(person_ids))
    db.session.execute(sa.delete(BookingNeeds).where(BookingNeeds.booking_id.in_(theirs)))
    db.session.execute(sa.delete(RememberedNeeds).where(RememberedNeeds.person_id.in_(person_ids)))
