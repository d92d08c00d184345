"""Who answers an offer for somebody who can't sign in."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from cop_site import clock
from cop_site.accounts.models import Person, SchoolRole, SchoolRoleKind, User
from cop_site.bookings.models import Booking, BookingSchool
from cop_site.db import db
from cop_site.notifications.services import Recipient
from cop_site.schools.cluster_queries import holds_on


def find_answerer(booking: Booking, kinds: Collection[SchoolRoleKind]) -> Recipient | None:
    """Whoever booked them, else the first with one of these roles at every school it names.

    None where they have an account that opens, or nobody can answer for them.
    """
    named = sa.select(BookingSchool.school_id).where(BookingSchool.booking_id == booking.id)
    count = sa.select(sa.func.count()).select_from(named.subquery()).scalar_subquery()
    opens = sa.exists().where(User.person_id == booking.person_id, User.disabled_at.is_(None))
    found = db.session.execute(
        sa.select(Person.email, Person.name)
        .join(User, User.person_id == Person.id)
        .join(SchoolRole, SchoolRole.person_id == Person.id)
        .where(
            ~opens.correlate(None),
            User.disabled_at.is_(None),
            Person.erased_at.is_(None),
            Person.email.is_not(None),
            SchoolRole.school_id.in_(named),
            SchoolRole.role.in_(kinds),
            holds_on(SchoolRole, clock.today()),
        )
        .group_by(Person.id, Person.email, Person.name, User.id)
        .having(sa.func.count(SchoolRole.school_id.distinct()) == count)
        .order_by(sa.case((User.id == booking.booked_by_user_id, 0), else_=1), Person.id)
        .limit(1)
    ).first()
    return Recipient(found.email, found.name) if found and found.email else None
