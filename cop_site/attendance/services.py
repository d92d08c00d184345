"""Taking a register: marking, adding whoever turned up, closing and reopening."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind
from cop_site.accounts.services import add_person
from cop_site.attendance import queries, school_queries
from cop_site.attendance.models import (
    DID_NOT_ATTEND,
    NOT_RECORDED,
    Mark,
    MarkChange,
    MarkKind,
    MarkSchool,
    Register,
)
from cop_site.attendance.sheet_models import find_bar, here_kind, new_tap_id
from cop_site.bookings.models import Booking
from cop_site.bookings.signals import Apology, Overtaken
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, StaleEditError
from cop_site.events import signals as event_signals
from cop_site.events.models import Option, Session

BY_MISTAKE = "added by mistake"
CLOSED = "This register is closed. Open it again to change a mark."


@dataclass(frozen=True)
class Tap:
    """One tap on a person's row. ``tap_id`` is made with the row, ``replaces`` what it showed."""

    tap_id: str
    person_id: int
    kind_key: str
    replaces: str


@dataclass(frozen=True)
class WalkIn:
    """Somebody who turned up without a booking. ``sure``: a namesake is somebody else."""

    tap_id: str
    name: str
    school_id: int
    role: SchoolRoleKind
    sure: bool = False


class MarkedMeanwhileError(StaleEditError):
    """Somebody else changed the mark since the row was shown."""

    def __init__(self, kind: MarkKind, by_user_id: int | None, by: str, at: datetime) -> None:
        super().__init__(f"Marked as {kind.name.lower()} by somebody else.")
        self.kind, self.by_user_id, self.by, self.at = kind, by_user_id, by, at


def mark_person(session_id: int, tap: Tap, *, by: ActingUser) -> None:
    """Set what the register says of one person; the register is opened by the first tap.

    A tap sent twice is one change. Raises MarkedMeanwhileError where the mark is not what the
    tap replaces, NotFoundError for a person who is not on this register, and DomainError for a
    closed register, an event that is off, or a day too early.
    """
    session, register = _open_for_change(session_id, by)
    kind = _get_kind(tap.kind_key)
    mark = _find_mark(register.id, tap.person_id) or _start_mark(session, register, tap.person_id)
    used = queries.find_change(tap.tap_id)
    if used and used[1] is mark and used[0].now == kind.key:
        # The same tap again: the answer to the first was lost on the way.
        return
    if mark.kind_key == kind.key:
        return
    if used or mark.kind_key != tap.replaces:
        raise _meanwhile(mark)
    _change(mark, kind, tap.tap_id, by=by)
    db.session.flush()


def add_walk_in(session_id: int, walk_in: WalkIn, *, by: ActingUser) -> int:
    """Add somebody who turned up, marked here, and return the new person's id.

    Sent twice it adds one. Raises DomainError for a school that is not open, and for somebody
    of that name and school who is listed already, unless ``sure``.
    """
    session, register = _open_for_change(session_id, by)
    used = queries.find_change(walk_in.tap_id)
    if used and used[1].register_id == register.id:
        if used[1].voided_at is not None:
            raise DomainError("You removed this person. Go back to the register and add them anew.")
        return used[1].person_id
    if school_queries.find_open_school(walk_in.school_id) is None:
        raise DomainError("Choose a school from the list", field="school_words")
    if not walk_in.sure:
        _refuse_namesake(session, register, walk_in)
    person = add_person(walk_in.name)
    mark = _new_mark(register, person.id, [(walk_in.school_id, walk_in.role)], is_walk_in=True)
    db.session.flush()
    _change(mark, _get_kind(here_kind(session.option.mode)), walk_in.tap_id, by=by)
    db.session.flush()
    return person.id


def remove_walk_in(session_id: int, person_id: int, *, by: ActingUser) -> None:
    """Take somebody off the register who was added at the door by mistake.

    The mark is voided, never deleted, and the person stays. Removing twice is harmless. Raises
    NotFoundError for anybody else on the register, DomainError for a closed one.
    """
    _session, register = _open_for_change(session_id, by)
    added = queries.find_walk_in(register.id, person_id)
    if added is None:
        raise NotFoundError("Nobody of that name was added to this register.")
    if added.voided_at is not None:
        return
    added.voided_at = clock.now()
    added.void_reason = BY_MISTAKE
    was = {"kind": added.kind_key}
    audit.record("mark", added.id, "voided", by=by.user_id, was=was, reason=BY_MISTAKE)
    db.session.flush()


def note_apology(apology: Apology) -> None:
    """Somebody says before the session that they can't come: the register will say so.

    The session is locked by whoever tells of it. What a closed register says stays.
    """
    booking = apology.booking
    register = queries.find_register(apology.session_id) or _make_register(apology.session_id, None)
    if register.is_closed:
        return
    mark = _find_mark(register.id, booking.person_id)
    if mark is None:
        schools = _schools_of(booking)
        mark = _new_mark(register, booking.person_id, schools, booking_id=booking.id)
        db.session.flush()
    kind = queries.get_apology_kind()
    if mark.kind_key != kind.key:
        _change(mark, kind, new_tap_id(), by=None, reason="said from the reminder")
    db.session.flush()


def forget_apologies(overtaken: Overtaken) -> None:
    """The date moved, or they booked again: an open register says nothing of them any more."""
    for mark in queries.list_apologies(overtaken.session_ids, overtaken.person_id):
        _change(mark, _get_kind(NOT_RECORDED), new_tap_id(), by=None, reason=overtaken.why)
    db.session.flush()


def close_register(session_id: int, *, mark_rest: bool, by: ActingUser) -> None:
    """Close a register, so that it counts. Closing a closed one changes nothing.

    With ``mark_rest`` everyone with a place who is not recorded is marked as "did not attend".
    Raises DomainError before the session has started.
    """
    session = _lock_session(session_id)
    register = _get_or_make_register(session, by)
    if register.is_closed:
        return
    if session.starts_at > clock.now():
        raise DomainError("You can close the register once the session has started.")
    rest = _mark_rest(session, register, by) if mark_rest else 0
    register.closed_at = clock.now()
    register.closed_by_user_id = by.user_id
    register.first_closed_at = register.first_closed_at or register.closed_at
    audit.record("register", register.id, "closed", by=by.user_id, now={"marked_absent": rest})
    db.session.flush()
    event_signals.register_closes(queries.get_closing(session, by.user_id))


def reopen_register(session_id: int, *, reason: str, by: ActingUser) -> None:
    """Open a closed register again, saying why. When it was first closed stays as it was."""
    register = queries.find_register(_lock_session(session_id).id)
    if register is None or not register.is_closed:
        return
    was = {"closed_at": register.closed_at.isoformat() if register.closed_at else None}
    register.closed_at = None
    register.closed_by_user_id = None
    audit.record("register", register.id, "reopened", by=by.user_id, was=was, reason=reason)


def _lock_session(session_id: int) -> Session:
    """The session, so that all who take its register queue up here. Refuses what bars marks.

    Locked first and read after: what stands beside a locked row is, on PostgreSQL, as it was
    before the wait, and the event may have been called off meanwhile.
    """
    wanted = sa.select(Session).where(Session.id == session_id)
    if db.session.scalar(wanted.with_only_columns(Session.id).with_for_update()) is None:
        raise NotFoundError("There is no such session.")
    session = db.session.scalars(
        wanted.options(
            sa.orm.joinedload(Session.option).joinedload(Option.event)
        ).execution_options(populate_existing=True)
    ).one()
    bar = find_bar(session.option.event, session)
    if bar:
        raise DomainError(bar)
    return session


def _open_for_change(session_id: int, by: ActingUser) -> tuple[Session, Register]:
    session = _lock_session(session_id)
    register = _get_or_make_register(session, by)
    if register.is_closed:
        raise DomainError(CLOSED)
    return session, register


def _get_or_make_register(session: Session, by: ActingUser) -> Register:
    return queries.find_register(session.id) or _make_register(session.id, by.user_id)


def _make_register(session_id: int, by: int | None) -> Register:
    register = Register(session_id=session_id, opened_at=clock.now(), opened_by_user_id=by)
    db.session.add(register)
    db.session.flush()
    audit.record("register", register.id, "opened", by=by)
    return register


def _get_kind(key: str) -> MarkKind:
    kind = db.session.get(MarkKind, key)
    if kind is None:
        raise DomainError("There is no such mark. Reload the page and try again.")
    return kind


def _find_mark(register_id: int, person_id: int) -> Mark | None:
    return db.session.scalar(
        sa.select(Mark)
        .where(
            Mark.register_id == register_id, Mark.person_id == person_id, Mark.voided_at.is_(None)
        )
        .with_for_update()
        .execution_options(populate_existing=True)
    )


def _start_mark(session: Session, register: Register, person_id: int) -> Mark:
    """A mark that says nothing yet, for somebody whose booking puts them on this register."""
    booking = queries.find_booking_to_mark(session.option_id, person_id)
    if booking is None:
        raise NotFoundError("That person is not on this register.")
    mark = _new_mark(register, person_id, _schools_of(booking), booking_id=booking.id)
    db.session.flush()
    return mark


def _schools_of(booking: Booking) -> list[tuple[int, SchoolRoleKind]]:
    """The schools a mark will count for, and the roles, as the booking has them now."""
    return [(row.school_id, row.role) for row in booking.schools]


def _new_mark(
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


def _change(
    mark: Mark, kind: MarkKind, tap_id: str, *, by: ActingUser | None, reason: str = ""
) -> None:
    """Set the mark and append to its history. The moment of a first apology is kept for good."""
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


def _meanwhile(mark: Mark) -> DomainError:
    found = queries.find_last_change(mark.id)
    if found is None:
        return StaleEditError("This row is out of date. Look at it again, then tap.")
    return MarkedMeanwhileError(_get_kind(mark.kind_key), *found)


def _refuse_namesake(session: Session, register: Register, walk_in: WalkIn) -> None:
    names = queries.list_names_at_school(session.option_id, register.id, walk_in.school_id)
    if walk_in.name.casefold() in {name.casefold() for name in names}:
        raise DomainError(
            f"{walk_in.name} of that school is already on this register. Go back and mark them "
            "there, or tick the box to add somebody else of the same name.",
            field="sure",
        )


def _mark_rest(session: Session, register: Register, by: ActingUser) -> int:
    """Mark everyone with a place who is not recorded as "did not attend"; says how many."""
    marks = {mark.person_id: mark for mark in queries.list_marks(register.id)}
    booked = [
        marks.get(booking.person_id)
        or _new_mark(register, booking.person_id, _schools_of(booking), booking_id=booking.id)
        for booking in queries.list_booked(session.option_id)
    ]
    db.session.flush()
    rest = [mark for mark in booked if mark.kind_key == NOT_RECORDED]
    kind = _get_kind(DID_NOT_ATTEND)
    for mark in rest:
        _change(mark, kind, new_tap_id(), by=by, reason="register closed")
    db.session.flush()
    return len(rest)
