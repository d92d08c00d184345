"""Events, bookings, registers and marks, made as rows."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRoleKind
from cop_site.attendance.models import Mark, MarkChange, MarkSchool, Register
from cop_site.bookings.models import Booking, BookingSchool, BookingState
from cop_site.db import db
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventKind, EventState, Mode, Option, Session
from cop_site.planning import services as planning_services
from cop_site.schools.models import School

_numbers = count(1)


def make_event(
    starts_at: datetime | None = None,
    *,
    kind: EventKind = EventKind.SENCO_NETWORK,
    mode: Mode = Mode.IN_PERSON,
    capacity: int | None = 20,
    online_capacity: int | None = None,
    state: EventState = EventState.PUBLISHED,
    venue: str = "Town Hall",
    join_link: str = "",
    address: str = "",
    access_notes: str = "",
    **values: Any,
) -> Event:
    """An event with one option and one two-hour session, a week from now unless told."""
    number = next(_numbers)
    starts_at = starts_at or clock.now() + timedelta(days=7)
    event = Event(
        **{
            "kind": kind,
            "title": f"Event {number}",
            "state": state,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "calendar_uid": f"event-{number}@test.example",
            "created_at": clock.now(),
            "published_at": clock.now() if state is EventState.PUBLISHED else None,
            **values,
        }
    )
    option = Option(
        event=event,
        mode=mode,
        room_capacity=None if mode is Mode.ONLINE else capacity,
        online_capacity=capacity if mode is Mode.ONLINE else online_capacity,
    )
    session = Session(
        option=option,
        starts_at=starts_at,
        ends_at=event.ends_at,
        venue=venue,
        join_link=join_link,
        address=address,
        access_notes=access_notes,
    )
    db.session.add_all([event, option, session])
    db.session.flush()
    return event


def make_time(event: Event, starts_at: datetime, **values: Any) -> Session:
    """Another time of an event to choose from: an option with a two-hour session."""
    option = Option(**{"event_id": event.id, "mode": Mode.IN_PERSON, "room_capacity": 20, **values})
    session = Session(option=option, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
    db.session.add_all([option, session])
    db.session.flush()
    return session


def session_of(event: Event) -> Session:
    """The first session of an event, fetched (relationships are never lazy here)."""
    found = db.session.query(Session).join(Option).where(Option.event_id == event.id)
    return found.order_by(Session.starts_at).first() or _none()


def option_of(event: Event) -> Option:
    return db.session.query(Option).where(Option.event_id == event.id).one()


def _none() -> Session:
    raise AssertionError("the event has no session")


def make_booking(
    event: Event,
    person: Person,
    *schools: School,
    state: BookingState = BookingState.BOOKED,
    role: SchoolRoleKind = SchoolRoleKind.SENCO,
    mode: Mode = Mode.IN_PERSON,
    option: Option | None = None,
) -> Booking:
    """Of the only option unless told."""
    now = clock.now()
    booking = Booking(
        event_id=event.id,
        option_id=(option or option_of(event)).id,
        person_id=person.id,
        mode=mode,
        state=state,
        created_at=now,
        queued_at=now if state is BookingState.WAITING else None,
        place_given_at=now if state is BookingState.BOOKED else None,
        offer_expires_at=now + timedelta(days=2) if state is BookingState.OFFERED else None,
        cancelled_at=now if state is BookingState.CANCELLED else None,
    )
    db.session.add(booking)
    db.session.flush()
    for school in schools:
        db.session.add(BookingSchool(booking_id=booking.id, school_id=school.id, role=role))
    db.session.flush()
    return booking


def make_register(session: Session, *, closed: bool = True) -> Register:
    moment = session.ends_at
    register = Register(
        session_id=session.id,
        opened_at=session.starts_at,
        first_closed_at=moment if closed else None,
        closed_at=moment if closed else None,
    )
    db.session.add(register)
    db.session.flush()
    return register


def make_mark(
    register: Register,
    person: Person,
    *schools: School,
    kind: str = "in_person",
    role: SchoolRoleKind = SchoolRoleKind.SENCO,
    booking: Booking | None = None,
    walk_in: bool = False,
) -> Mark:
    mark = Mark(
        register_id=register.id,
        person_id=person.id,
        booking_id=booking.id if booking else None,
        kind_key=kind,
        is_walk_in=walk_in,
        marked_at=register.opened_at,
    )
    db.session.add(mark)
    db.session.flush()
    for school in schools:
        db.session.add(MarkSchool(mark_id=mark.id, school_id=school.id, role=role))
    db.session.add(
        MarkChange(
            mark_id=mark.id,
            tap_id=f"made-{next(_numbers)}",
            was="not_recorded",
            now=kind,
            at=register.opened_at,
        )
    )
    db.session.flush()
    return mark


def changed_details(event: Event, **values: Any) -> planning_services.EventDetails:
    """What an editor sends who changes only these."""
    details = planning_services.details_of(event_queries.get_event(event.id, sa.true()))
    return planning_services.EventDetails(**{**vars(details), **values})
