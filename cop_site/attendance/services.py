"""Taking a register: marking, adding whoever turned up, closing and reopening."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.accounts.models import SchoolRoleKind
from cop_site.accounts.services import add_person
from cop_site.attendance import merge_queries, queries, school_queries
from cop_site.attendance.marking_services import (
    change_mark,
    find_mark,
    follow_bookings,
    get_kind,
    get_or_make_register,
    lock_session,
    make_register,
    new_mark,
    open_for_change,
    schools_of,
    start_mark,
    void_mark,
)
from cop_site.attendance.models import (
    BY_CLOSING,
    DID_NOT_ATTEND,
    NOT_RECORDED,
    REOPENED,
    Mark,
    MarkKind,
    Register,
)
from cop_site.attendance.sheet_models import here_kind, new_tap_id
from cop_site.bookings.models import Booking
from cop_site.bookings.signals import Apology, Overtaken
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, StaleEditError
from cop_site.events import signals as event_signals
from cop_site.events.models import Session

BY_MISTAKE = "added by mistake"
_ADD_TOO = "Check what you typed, then save again to add them"


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


class UsedTapError(DomainError):
    """A form that was saved before, sent again with somebody else in it: nobody is added."""


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
    session, register = open_for_change(session_id, by)
    kind = get_kind(tap.kind_key)
    mark = find_mark(register.id, tap.person_id) or start_mark(session, register, tap.person_id)
    used = queries.find_change(tap.tap_id)
    if used and used[1] is mark and used[0].now == kind.key:
        # The same tap again: the answer to the first was lost on the way.
        return
    if mark.kind_key == kind.key:
        return
    if used or mark.kind_key != tap.replaces:
        raise _meanwhile(mark)
    change_mark(mark, kind, tap.tap_id, by=by)
    db.session.flush()


def add_walk_in(session_id: int, walk_in: WalkIn, *, by: ActingUser) -> int:
    """Add somebody who turned up, marked here, and return the new person's id.

    Sent twice it adds one; raises UsedTapError where it names somebody else the second time.
    Raises DomainError for a school that is not open, and for somebody
    of that name and school who is listed already, unless ``sure``.
    """
    session, register = open_for_change(session_id, by)
    used = queries.find_change(walk_in.tap_id)
    if used:
        _refuse_another(register, used[1], walk_in)
        return _added_before(session, used[1])
    if school_queries.find_open_school(walk_in.school_id) is None:
        raise DomainError("Choose a school from the list", field="school_words")
    if not walk_in.sure:
        _refuse_namesake(session, register, walk_in)
    person = add_person(walk_in.name)
    mark = new_mark(register, person.id, [(walk_in.school_id, walk_in.role)], is_walk_in=True)
    db.session.flush()
    change_mark(mark, get_kind(here_kind(session.option.mode)), walk_in.tap_id, by=by)
    db.session.flush()
    return person.id


def remove_walk_in(session_id: int, person_id: int, *, by: ActingUser) -> None:
    """Take somebody off the register who was added at the door by mistake.

    The mark is voided, never deleted, and the person stays. Removing twice is harmless. Raises
    NotFoundError for anybody else on the register, DomainError for a closed one.
    """
    _session, register = open_for_change(session_id, by)
    added = queries.find_walk_in(register.id, person_id)
    if added is None:
        raise NotFoundError("Nobody of that name was added to this register.")
    if added.voided_at is not None:
        return
    void_mark(added, BY_MISTAKE, by=by)
    db.session.flush()


def note_apology(apology: Apology) -> None:
    """Somebody says before the session that they can't come: the register will say so.

    The session is locked by whoever tells of it. What a closed register says stays.
    """
    booking = apology.booking
    register = queries.find_register(apology.session_id) or make_register(apology.session_id, None)
    if register.is_closed:
        return
    mark = find_mark(register.id, booking.person_id)
    if mark is None:
        schools = schools_of(booking)
        mark = new_mark(register, booking.person_id, schools, booking_id=booking.id)
        db.session.flush()
    kind = queries.get_apology_kind()
    if mark.kind_key != kind.key:
        change_mark(mark, kind, new_tap_id(), by=None, reason="said from the reminder")
    db.session.flush()


def forget_apologies(overtaken: Overtaken) -> None:
    """The date moved, or they booked again: an open register says nothing of them any more."""
    for mark in queries.list_overtaken(overtaken.session_ids, overtaken.person_id):
        change_mark(mark, get_kind(NOT_RECORDED), new_tap_id(), by=None, reason=overtaken.why)
        mark.apology_received_at = None
    db.session.flush()


def close_register(session_id: int, *, mark_rest: bool, by: ActingUser) -> None:
    """Close a register, so that it counts. Closing a closed one changes nothing.

    With ``mark_rest`` everyone is marked as "did not attend" who had a place when it began and is
    not recorded. A mark counts for the schools that the booking names by now.
    Raises DomainError before the session has started.
    """
    session = lock_session(session_id)
    register = get_or_make_register(session, by)
    if register.is_closed:
        return
    if session.starts_at > clock.now():
        raise DomainError("You can close the register once the session has started.")
    held = queries.list_held(session)
    follow_bookings(register, held, by=by.user_id)
    rest = _mark_rest(register, held, by) if mark_rest else 0
    register.closed_at = clock.now()
    register.closed_by_user_id = by.user_id
    register.first_closed_at = register.first_closed_at or register.closed_at
    audit.record("register", register.id, "closed", by=by.user_id, now={"marked_absent": rest})
    db.session.flush()
    event_signals.register_closes(queries.get_closing(session, by.user_id))


def reopen_register(session_id: int, *, reason: str, by: ActingUser) -> None:
    """Open a closed register again, saying why. When it was first closed stays as it was."""
    register = queries.find_register(lock_session(session_id).id)
    if register is None or not register.is_closed:
        return
    was = {"closed_at": register.closed_at.isoformat() if register.closed_at else None}
    register.closed_at = None
    register.closed_by_user_id = None
    audit.record("register", register.id, REOPENED, by=by.user_id, was=was, reason=reason)


def _meanwhile(mark: Mark) -> DomainError:
    found = queries.find_last_change(mark.id)
    if found is None:
        return StaleEditError("This row is out of date. Look at it again, then tap.")
    return MarkedMeanwhileError(get_kind(mark.kind_key), *found)


def _refuse_another(register: Register, added: Mark, walk_in: WalkIn) -> None:
    """The form was used: it is a repeat only where it says the same as then."""
    same = (walk_in.name, walk_in.school_id, walk_in.role)
    if added.register_id != register.id:
        raise UsedTapError(f"This form was saved for another session. {_ADD_TOO}")
    said = queries.list_as_added(added.id)
    if same not in said:
        name = said[0][0] if said else "somebody"
        raise UsedTapError(f"{name} was added from here already. {_ADD_TOO}")


def _added_before(session: Session, added: Mark) -> int:
    """Whose row stands for somebody who was added already; raises where they were removed."""
    if added.voided_at is None:
        return added.person_id
    moved_to = merge_queries.find_moved_to(session.id, added.person_id)
    if moved_to is None:
        raise DomainError("You removed this person. Go back to the register and add them anew.")
    return moved_to


def _refuse_namesake(session: Session, register: Register, walk_in: WalkIn) -> None:
    names = queries.list_names_at_school(session.option_id, register.id, walk_in.school_id)
    if walk_in.name.casefold() in {name.casefold() for name in names}:
        raise DomainError(
            f"{walk_in.name} of that school is already on this register. Go back and mark them "
            "there, or tick the box to add somebody else of the same name.",
            field="sure",
        )


def _mark_rest(register: Register, held: list[Booking], by: ActingUser) -> int:
    """Mark those of the bookings who are not recorded as "did not attend"; says how many."""
    marks = {mark.person_id: mark for mark in queries.list_marks(register.id)}
    booked = [
        marks.get(booking.person_id)
        or new_mark(register, booking.person_id, schools_of(booking), booking_id=booking.id)
        for booking in held
    ]
    db.session.flush()
    rest = [mark for mark in booked if mark.kind_key == NOT_RECORDED]
    kind = get_kind(DID_NOT_ATTEND)
    for mark in rest:
        change_mark(mark, kind, new_tap_id(), by=by, reason=BY_CLOSING)
    db.session.flush()
    return len(rest)
