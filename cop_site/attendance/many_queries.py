"""Reads for marking many people at once: a statement each, however many they are."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from cop_site.accounts.models import Person, User
from cop_site.attendance.models import Mark, MarkChange
from cop_site.bookings.models import LIVE, Booking
from cop_site.db import db


def lock_marks(register_id: int, person_ids: Collection[int]) -> dict[int, Mark]:
    """The marks that stand of these people, by person, locked."""
    query = (
        sa.select(Mark)
        .where(
            Mark.register_id == register_id,
            Mark.person_id.in_(person_ids),
            Mark.voided_at.is_(None),
        )
        .order_by(Mark.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {mark.person_id: mark for mark in db.session.scalars(query)}


def list_used(tap_ids: Collection[str]) -> dict[str, tuple[int, str]]:
    """Of these taps those that came through: the mark they set, and to what."""
    query = sa.select(MarkChange.tap_id, MarkChange.mark_id, MarkChange.now)
    rows = db.session.execute(query.where(MarkChange.tap_id.in_(tap_ids)))
    return {tap_id: (mark_id, now) for tap_id, mark_id, now in rows}


def list_bookings_to_mark(option_id: int, person_ids: Collection[int]) -> dict[int, Booking]:
    """What puts each of these people on the register: a live booking, else a late-cancelled one."""
    query = (
        sa.select(Booking)
        .where(
            Booking.option_id == option_id,
            Booking.person_id.in_(person_ids),
            sa.or_(Booking.state.in_(LIVE), Booking.cancelled_late),
        )
        .options(joinedload(Booking.schools))
        .execution_options(populate_existing=True)
    )
    bookings = sorted(
        db.session.scalars(query).unique(), key=lambda booking: (booking.is_live, booking.id)
    )
    return {booking.person_id: booking for booking in bookings}


def list_last_changes(mark_ids: Collection[int]) -> dict[int, tuple[int | None, str, datetime]]:
    """Who changed each of these marks last, user id and name, and when."""
    last = (
        sa.select(sa.func.max(MarkChange.id))
        .where(MarkChange.mark_id.in_(mark_ids))
        .group_by(MarkChange.mark_id)
    )
    rows = db.session.execute(
        sa.select(MarkChange.mark_id, MarkChange.by_user_id, Person.name, MarkChange.at)
        .outerjoin(User, User.id == MarkChange.by_user_id)
        .outerjoin(Person, Person.id == User.person_id)
        .where(MarkChange.id.in_(last))
    )
    return {mark_id: (by_id, name or "", at) for mark_id, by_id, name, at in rows}
