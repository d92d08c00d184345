"""Reads for whoever books for their school: the colleagues, and what they have booked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, User
from cop_site.bookings.ahead_queries import is_ahead
from cop_site.bookings.models import LIVE, Booking, BookingSchool
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event, Option, Session
from cop_site.schools.cluster_queries import holds_on


@dataclass(frozen=True)
class Colleague:
    """Somebody of a school today, with the first of their roles there."""

    person_id: int
    name: str
    email: str | None
    role: SchoolRoleKind
    has_booking: bool = False
    is_named: bool = False


def list_colleagues(school_id: int, event_id: int) -> list[Colleague]:
    """Everybody with a role at a school today, by name.

    And whether they have a booking there, and one that names the school.
    """
    live = (Booking.event_id == event_id, Booking.state.in_(LIVE))
    booked = sa.exists().where(Booking.person_id == Person.id, *live)
    named = sa.select(BookingSchool.booking_id).where(BookingSchool.school_id == school_id)
    here = booked.where(Booking.id.in_(named))
    asked = (booked.label("has_booking"), here.label("is_named"))
    rows = db.session.execute(
        sa.select(Person.id, Person.name, Person.email, SchoolRole.role, *asked)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .where(
            SchoolRole.school_id == school_id,
            holds_on(SchoolRole, clock.today()),
            Person.erased_at.is_(None),
        )
        .order_by(Person.name, Person.id)
    )
    order = list(SchoolRoleKind)
    found: dict[int, Colleague] = {}
    for row in rows:
        one = Colleague(*row)
        held = found.get(one.person_id)
        if held is None or order.index(one.role) < order.index(held.role):
            found[one.person_id] = one
    return list(found.values())


def find_roles_at(school_ids: Collection[int], person_id: int) -> dict[int, SchoolRoleKind]:
    """The first of somebody's roles today at each of these schools; not where they have none."""
    rows = db.session.execute(
        sa.select(SchoolRole.school_id, SchoolRole.role).where(
            SchoolRole.person_id == person_id,
            SchoolRole.school_id.in_(school_ids),
            holds_on(SchoolRole, clock.today()),
        )
    )
    order = list(SchoolRoleKind)
    last_first = sorted(rows, key=lambda row: order.index(row.role), reverse=True)
    return {school_id: role for school_id, role in last_first}


def list_booked_elsewhere(
    event_id: int, school_id: int, person_ids: Collection[int]
) -> dict[int, int]:
    """Of these people who has a live booking there that does not name the school, with its id."""
    named = sa.select(BookingSchool.booking_id).where(BookingSchool.school_id == school_id)
    rows = db.session.execute(
        sa.select(Booking.person_id, Booking.id).where(
            Booking.event_id == event_id,
            Booking.person_id.in_(person_ids),
            Booking.state.in_(LIVE),
            Booking.id.not_in(named),
        )
    )
    return {person_id: booking_id for person_id, booking_id in rows}


def find_by_email(email: str) -> Person | None:
    """Whoever has the address, unless they were forgotten."""
    query = sa.select(Person).where(
        Person.email == email.lower(),
        Person.merged_into_id.is_(None),
        Person.erased_at.is_(None),
    )
    return db.session.scalars(query).one_or_none()


def list_booked_for(school_ids: Collection[int], person_id: int) -> list[Booking]:
    """Live bookings ahead that name one of these schools and are for somebody else.

    The nearest first; event, option, dates, person and schools loaded.
    """
    named = sa.select(BookingSchool.booking_id)
    theirs = BookingSchool.school_id.in_(school_ids)
    return list(
        db.session.scalars(
            sa.select(Booking)
            .join(Booking.event)
            .where(
                Booking.id.in_(named.where(theirs)),
                Booking.person_id != person_id,
                *is_ahead(),
            )
            .options(
                contains_eager(Booking.event),
                joinedload(Booking.person),
                joinedload(Booking.option).selectinload(Option.sessions),
                selectinload(Booking.schools).joinedload(BookingSchool.school),
            )
            .order_by(Event.starts_at, Booking.id)
            .limit(200)
        )
    )


class Whose(NamedTuple):
    """A booking with what a page about it shows. ``is_ahead``: live, of an event not over."""

    booking: Booking
    person: Person
    school_ids: frozenset[int]
    is_ahead: bool


def get_whose(booking_id: int) -> Whose:
    """A live booking ahead with event, option, dates, person and schools, or NotFoundError."""
    whose = find_whose(booking_id)
    if whose is None or not whose.is_ahead:
        raise NotFoundError("There is no such booking.")
    return whose


def find_whose(booking_id: int) -> Whose | None:
    """As ``get_whose``, also where it is over or was cancelled."""
    found = (
        db.session.execute(
            sa.select(Booking, sa.and_(*is_ahead()))
            .join(Booking.event)
            .where(Booking.id == booking_id)
            .options(
                contains_eager(Booking.event),
                joinedload(Booking.person),
                joinedload(Booking.option).selectinload(Option.sessions),
                joinedload(Booking.schools).joinedload(BookingSchool.school),
            )
            .execution_options(populate_existing=True)
        )
        .unique()
        .one_or_none()
    )
    if found is None:
        return None
    booking, ahead = found
    school_ids = frozenset(row.school_id for row in booking.schools)
    return Whose(booking, booking.person, school_ids, ahead)


def list_to_name(until: datetime) -> list[tuple[int, int]]:
    """Events and bookings whose person was still not named when the time for it was over."""
    first = (
        sa.select(sa.func.min(Session.starts_at))
        .where(Session.option_id == Booking.option_id)
        .correlate(Booking)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Booking.event_id, Booking.id)
        .join(Booking.event)
        .where(Booking.is_unnamed, first <= until, *is_ahead())
        .order_by(Booking.event_id, Booking.id)
    )
    return [(event_id, booking_id) for event_id, booking_id in rows]


def find_booker(booking: Booking) -> Person | None:
    """Whoever made it, where they have not been forgotten."""
    query = (
        sa.select(Person)
        .join(User, User.person_id == Person.id)
        .where(User.id == booking.booked_by_user_id, Person.erased_at.is_(None))
    )
    return db.session.scalars(query).one_or_none()
