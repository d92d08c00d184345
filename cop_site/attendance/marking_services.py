"""What every way of marking people rests on: the register locked, a mark, its history."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind
from cop_site.attendance import merge_queries, queries
from cop_site.attendance.models import (
    NOT_RECORDED,
    Mark,
    MarkChange,
    MarkKind,
    MarkSchool,
    Register,
)
from cop_site.attendance.sheet_models import find_bar
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError
from cop_site.events.models import Option, Session

CLOSED = "This register is closed. Open it again to change a mark."


def take_turn(session_id: int) -> Session:
    """The session, locked, so that all who change its register queue up here.

    Locked first and read after: what stands beside a locked row is, on PostgreSQL, as it was
    before the wait, and the event may have been called off meanwhile.
    """
    wanted = sa.select(Session).where(Session.id == session_id)
    if db.session.scalar(wanted.with_only_columns(Session.id).with_for_update()) is None:
        raise NotFoundError("There is no such session.")
    return db.session.scalars(
        wanted.options(
            sa.orm.joinedload(Session.option).joinedload(Option.event)
        ).execution_options(populate_existing=True)
    ).one()


def lock_session(session_id: int) -> Session:
    """As ``take_turn``. Refuses what bars marks."""
    session = take_turn(session_id)
    bar = find_bar(session.option.event, session)
    if bar:
        raise DomainError(bar)
    return session


def open_for_change(session_id: int, by: ActingUser) -> tuple[Session, Register]:
    session = lock_session(session_id)
    register = get_or_make_register(session, by)
    if register.is_closed:
        raise DomainError(CLOSED)
    return session, register


def get_or_make_register(session: Session, by: ActingUser) -> Register:
    return queries.find_register(session.id) or make_register(session.id, by.user_id)


def make_register(session_id: int, by: int | None) -> Register:
    register = Register(session_id=session_id, opened_at=clock.now(), opened_by_user_id=by)
    db.session.add(register)
    db.session.flush()
    audit.record("register", register.id, "opened", by=by)
    return register


def get_kind(key: str) -> MarkKind:
    kind = db.session.get(MarkKind, key)
    if kind is None:
        raise DomainError("There is no such mark. Reload the page and try again.")
    return kind


def find_mark(register_id: int, person_id: int) -> Mark | None:
    return db.session.scalar(
        sa.select(Mark)
        .where(
            Mark.register_id == register_id, Mark.person_id == person_id, Mark.voided_at.is_(None)
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def start_mark(session: Session, register: Register, person_id: int) -> Mark:
    """A mark that says nothing yet, for somebody whose booking puts them on this register."""
    booking = queries.find_booking_to_mark(session.option_id, person_id)
    if booking is None:
        raise NotFoundError("That person is not on this register.")
    mark = new_mark(register, person_id, schools_of(booking), booking_id=booking.id)
    db.session.flush()
    return mark


def schools_of(booking: Booking) -> list[tuple[int, SchoolRoleKind]]:
    """The schools a mark will count for, and the roles, as the booking has them now."""
    return [(row.school_id, row.role) for row in booking.schools]


def follow_bookings(register: Register, held: Iterable[Booking], *, by: int) -> None:
    """Marks count for the schools that bookings name by now.

    Somebody may have apologised for one school and come for another, or a second school may have
    booked them once they were marked. Walk-ins have no booking to follow; the school that somebody
    came for who turned out to have a row stays with it.
    """
    of_person = {booking.person_id: booking for booking in held}
    marks = queries.list_marks(register.id)
    has_moved = any(mark.door for mark in marks)
    at_door = merge_queries.list_schools_at_door(register.id) if has_moved else {}
    for mark in marks:
        booking = of_person.get(mark.person_id)
        if booking is None or mark.is_walk_in:
            continue
        mark.booking_id = booking.id
        _count_for(mark, {**at_door.get(mark.person_id, {}), **dict(schools_of(booking))}, by)
    db.session.flush()


def _count_for(mark: Mark, named: dict[int, SchoolRoleKind], by: int) -> None:
    was = {row.school_id: row for row in mark.schools}
    if was.keys() == named.keys():
        return
    for school_id in was.keys() - named.keys():
        db.session.delete(was[school_id])
    db.session.add_all(
        MarkSchool(mark_id=mark.id, school_id=school_id, role=role)
        for school_id, role in named.items()
        if school_id not in was
    )
    before, after = ({"school_ids": sorted(ids)} for ids in (was, named))
    audit.record("mark", mark.id, "counts for other schools", by=by, was=before, now=after)


def new_mark(
    register: Register,
    person_id: int,
    schools: Iterable[tuple[int, SchoolRoleKind]],
    *,
    booking_id: int | None = None,
    is_walk_in: bool = False,
) -> Mark:
    mark = Mark(
        register_id=register.id,
        person_id=person_id,
        booking_id=booking_id,
        is_walk_in=is_walk_in,
        kind_key=NOT_RECORDED,
        marked_at=clock.now(),
        schools=[MarkSchool(school_id=school_id, role=role) for school_id, role in schools],
    )
    db.session.add(mark)
    return mark


def change_mark(
    mark: Mark, kind: MarkKind, tap_id: str, *, by: ActingUser | None, reason: str = ""
) -> None:
    """Set the mark and append to its history. The moment of a first apology is kept."""
    now = clock.now()
    change = MarkChange(
        mark_id=mark.id,
        tap_id=tap_id,
        was=mark.kind_key,
        now=kind.key,
        by_user_id=by.user_id if by else None,
        at=now,
        reason=reason,
    )
    mark.kind_key = kind.key
    mark.marked_at = now
    if kind.apology and mark.apology_received_at is None:
        mark.apology_received_at = now
    db.session.add(change)


def void_mark(mark: Mark, reason: str, *, by: ActingUser) -> None:
    """Take a mark off the register. Its row stays, with why."""
    mark.voided_at = clock.now()
    mark.void_reason = reason
    was = {"kind": mark.kind_key}
    audit.record("mark", mark.id, "voided", by=by.user_id, was=was, reason=reason)


def restore_mark(mark: Mark, *, by: ActingUser) -> None:
    """A mark that was taken off stands again."""
    was = {"reason": mark.void_reason}
    mark.voided_at, mark.void_reason = None, ""
    audit.record("mark", mark.id, "restored", by=by.user_id, was=was)
