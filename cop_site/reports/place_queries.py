"""Reads of bookings that were given a place, and of what registers say of the people."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from cop_site.attendance.models import Mark, MarkKind, Register
from cop_site.bookings.models import Booking, BookingSchool
from cop_site.db import db
from cop_site.events.models import Session
from cop_site.reports.attendee_queries import merged_people
from cop_site.reports.bookings_kept import BookedPlace, Said


def list_places(session_ids: Collection[int]) -> list[BookedPlace]:
    """Each booking that was given a place, for each of these sessions of its option.

    One statement. Waiting and unaccepted offers have no place.
    """
    known_as = merged_people()
    rows = db.session.execute(
        sa.select(
            *(Booking.id, Session.id.label("session_id"), Booking.place_given_at),
            *(Booking.cancelled_at, Booking.cancelled_late, BookingSchool.school_id),
            sa.func.coalesce(known_as.c.into_id, Booking.person_id).label("person_id"),
        )
        .join(Session, Session.option_id == Booking.option_id)
        .outerjoin(BookingSchool, BookingSchool.booking_id == Booking.id)
        .outerjoin(known_as, known_as.c.person_id == Booking.person_id)
        .where(Session.id.in_(session_ids), Booking.place_given_at.is_not(None))
        .order_by(Booking.id, Session.starts_at)
    )
    found: dict[tuple[int, int], list[Any]] = {}
    for row in rows:
        found.setdefault((row.id, row.session_id), []).append(row)
    return [_place(repeats) for repeats in found.values()]


def _place(rows: list[Any]) -> BookedPlace:
    """One booking for one session, from the rows that its schools repeat it on."""
    first = rows[0]
    return BookedPlace(
        booking_id=first.id,
        session_id=first.session_id,
        people=frozenset({first.person_id}),
        school_ids=frozenset(row.school_id for row in rows if row.school_id),
        given_at=first.place_given_at,
        cancelled_at=first.cancelled_at,
        cancelled_late=first.cancelled_late,
    )


def list_said(session_ids: Collection[int]) -> list[Said]:
    """What the registers of these sessions say, a row for each mark that stands. One statement."""
    known_as = merged_people()
    rows = db.session.execute(
        sa.select(
            Register.session_id,
            sa.func.coalesce(known_as.c.into_id, Mark.person_id),
            *(MarkKind.attended, MarkKind.apology, MarkKind.recorded),
        )
        .join(Mark, Mark.register_id == Register.id)
        .join(MarkKind, MarkKind.key == Mark.kind_key)
        .outerjoin(known_as, known_as.c.person_id == Mark.person_id)
        .where(Register.session_id.in_(session_ids), Mark.voided_at.is_(None))
        .order_by(Mark.id)
    )
    return [Said(*row) for row in rows]
