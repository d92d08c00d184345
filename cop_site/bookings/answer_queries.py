"""Who can take a place that is offered, and who answers for somebody who can't sign in."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, User
from cop_site.bookings.models import BOOKERS, Booking, BookingSchool
from cop_site.db import db
from cop_site.notifications.services import Recipient
from cop_site.schools.cluster_queries import holds_on


def find_answerer(booking: Booking) -> Recipient | None:
    """Whoever booked them, else the first who books for every school it names.

    None where they have an account that opens, or nobody can answer for them.
    """
    first = sa.case((User.id == booking.booked_by_user_id, 0), else_=1)
    found = db.session.execute(
        _answerers(booking.id, booking.person_id, clock.today()).order_by(first, Person.id).limit(1)
    ).first()
    return Recipient(found.email, found.name) if found and found.email else None


def can_be_taken(day: date) -> sa.ColumnElement[bool]:
    """True for a booking whose place somebody could take on ``day``, were it offered.

    Its person while they are of a school of it, as ``check_role`` asks; else who answers for them.
    """
    role = aliased(SchoolRole)
    held = sa.exists().where(
        role.person_id == Booking.person_id,
        role.school_id.in_(_named(Booking.id)),
        holds_on(role, day),
    )
    answered = _answerers(Booking.id, Booking.person_id, day)
    return sa.or_(held.correlate(Booking), answered.correlate(Booking).exists())


def _answerers(booking_id: Any, person_id: Any, day: date) -> sa.Select[str | None, str]:
    """Everybody who may answer for a booking, with name and address."""
    own = aliased(User)
    opens = sa.exists().where(own.person_id == person_id, own.disabled_at.is_(None))
    named = _named(booking_id)
    count = sa.select(sa.func.count()).where(BookingSchool.booking_id == booking_id)
    return (
        sa.select(Person.email, Person.name)
        .join(User, User.person_id == Person.id)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .where(
            ~opens.correlate(Booking),
            User.disabled_at.is_(None),
            Person.erased_at.is_(None),
            Person.email.is_not(None),
            SchoolRole.school_id.in_(named),
            SchoolRole.role.in_(BOOKERS),
            holds_on(SchoolRole, day),
        )
        .group_by(Person.id, Person.email, Person.name, User.id)
        .having(
            sa.func.count(SchoolRole.school_id.distinct())
            == count.correlate(Booking).scalar_subquery()
        )
    )


def _named(booking_id: Any) -> sa.Select[int]:
    named = sa.select(BookingSchool.school_id).where(BookingSchool.booking_id == booking_id)
    return named.correlate(Booking)
