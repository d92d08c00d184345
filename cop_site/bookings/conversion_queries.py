"""Reads of schools that became others, and of what still stands at the old ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole
from cop_site.bookings.ahead_queries import is_ahead
from cop_site.bookings.models import Booking, BookingSchool
from cop_site.db import db
from cop_site.errors import NotFoundError
from cop_site.events.models import Event
from cop_site.schools.cluster_models import ClusterMembership
from cop_site.schools.cluster_queries import lasts_until
from cop_site.schools.models import School, SchoolLink, SchoolLinkKind, SchoolStatus


@dataclass(frozen=True)
class Conversion:
    """A school and the one it became, with what still stands at the old one.

    ``day`` is the first on which things may go along: the link's or the new one's opening,
    whichever is later, else what the register says of the old one.
    """

    before: School
    after: School
    day: date
    people: int
    clusters: int
    bookings: int


def list_conversions() -> list[Conversion]:
    """Those of which something still stands at the old school, by its name. One statement."""
    rows = db.session.execute(_conversions()).all()
    found = [_read(row) for row in rows]
    return [one for one in found if one.people or one.clusters or one.bookings]


def get_conversion(before_id: int, after_id: int) -> Conversion:
    """One of them, whatever still stands; NotFoundError where the two are not linked so."""
    linked = (SchoolLink.school_id == before_id, SchoolLink.successor_id == after_id)
    row = db.session.execute(_conversions().where(*linked)).one_or_none()
    if row is None:
        raise NotFoundError("There is no such link between two schools.")
    return _read(row)


def _conversions() -> sa.Select[Any]:
    before, after = aliased(School, name="old"), aliased(School, name="new")
    # Whose last day is today has been seen to.
    tomorrow = clock.today() + timedelta(days=1)
    columns: tuple[Any, ...] = (
        before,
        after,
        SchoolLink.linked_on,
        _count(SchoolRole, before.id, lasts_until(SchoolRole, tomorrow)),
        _count(ClusterMembership, before.id, lasts_until(ClusterMembership, tomorrow)),
        _count_bookings(before.id),
    )
    return (
        sa.select(*columns)
        .join(before, before.id == SchoolLink.school_id)
        .join(after, after.id == SchoolLink.successor_id)
        # A school that another was split from goes on, with its people.
        .where(SchoolLink.kind == SchoolLinkKind.SUCCESSOR, _closes(before))
        .order_by(before.name, SchoolLink.id)
    )


def _closes(school: Any) -> sa.ColumnElement[bool]:
    closing = (SchoolStatus.CLOSED, SchoolStatus.PROPOSED_TO_CLOSE)
    return sa.or_(school.status.in_(closing), school.closed_on.is_not(None))


def _count(row: Any, school_id: Any, holds: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
    counted = sa.select(sa.func.count(row.id)).where(row.school_id == school_id, holds)
    return counted.scalar_subquery()


def _count_bookings(school_id: Any) -> sa.ScalarSelect[int]:
    counted = (
        sa.select(sa.func.count(BookingSchool.id))
        .join(Booking, Booking.id == BookingSchool.booking_id)
        .join(Event, Event.id == Booking.event_id)
        .where(BookingSchool.school_id == school_id, *is_ahead())
    )
    return counted.scalar_subquery()


def _read(row: Sequence[Any]) -> Conversion:
    before, after, linked_on, people, clusters, bookings = row
    known = [day for day in (linked_on, after.opened_on) if day]
    # The register dates some links months before the new school opened.
    day = max(known, default=before.closed_on or clock.today())
    return Conversion(before, after, day, people, clusters, bookings)


def list_roles(school_id: int, day: date) -> list[SchoolRole]:
    """Roles at a school that hold on ``day`` or later: by person, which is how they are locked."""
    query = (
        sa.select(SchoolRole)
        .join(Person, Person.id == SchoolRole.person_id)
        .where(
            SchoolRole.school_id == school_id,
            lasts_until(SchoolRole, day),
            Person.merged_into_id.is_(None),
        )
        .order_by(SchoolRole.person_id, SchoolRole.starts_on, SchoolRole.id)
    )
    return list(db.session.scalars(query))


def list_memberships(school_id: int, day: date) -> list[ClusterMembership]:
    """Clusters a school is in on ``day``, or joins later."""
    query = sa.select(ClusterMembership).where(
        ClusterMembership.school_id == school_id, lasts_until(ClusterMembership, day)
    )
    order = (ClusterMembership.starts_on, ClusterMembership.id)
    fresh = query.order_by(*order).execution_options(populate_existing=True)
    return list(db.session.scalars(fresh))


def lock_schools_on_bookings(school_id: int, day: date) -> list[BookingSchool]:
    """The names of this school on live bookings for what begins on ``day`` or later, locked."""
    query = (
        sa.select(BookingSchool)
        .join(Booking, Booking.id == BookingSchool.booking_id)
        .join(Event, Event.id == Booking.event_id)
        .where(
            BookingSchool.school_id == school_id,
            Event.starts_at >= clock.from_london(day, time()),
            *is_ahead(),
        )
        .order_by(Event.id, Booking.id)
        .with_for_update(of=BookingSchool)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def list_named_on(booking_ids: Sequence[int], school_id: int) -> set[int]:
    """Which of these bookings name this school."""
    query = sa.select(BookingSchool.booking_id).where(
        BookingSchool.booking_id.in_(booking_ids), BookingSchool.school_id == school_id
    )
    return set(db.session.scalars(query))
