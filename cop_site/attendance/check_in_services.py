"""Codes by which people with a place mark themselves here."""

from __future__ import annotations

from cop_site import audit, clock
from cop_site.accounts import services as account_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.attendance import check_in_queries, policies, queries
from cop_site.attendance.check_in_models import (
    CheckIn,
    draw_code,
    find_code_bar,
    find_time_bar,
    read_code,
)
from cop_site.attendance.marking_services import (
    change_mark,
    find_mark,
    get_kind,
    make_register,
    new_mark,
    schools_of,
    take_turn,
)
from cop_site.attendance.models import BY_CODE, Mark
from cop_site.attendance.sheet_models import here_kind, new_tap_id
from cop_site.bookings.models import Booking
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events.models import EventState, Mode, Session

WRONG = "That code is not right, or is not in use any more. Check it and try again."
CALLED_OFF = "This session was cancelled."
REGISTER_CLOSED = "The register of this session is closed. Ask whoever ran it to mark you."
NO_PLACE = (
    "You have no place at this session. Tell whoever runs it that you are here: they can add you."
)
NO_NEED = "You have no place at this session and need none: who works for it does not check in."
TAKEN_BACK = "Your mark was taken back. Tell whoever runs the session that you are here."


def make_code(session_id: int, *, instead_of: int | None, by: ActingUser) -> None:
    """Make a code for a session, in place of the one whose id the page showed.

    Where another was made meanwhile that one stays: two clicks, or two people, make one code.
    Raises DomainError where nobody could use it.
    """
    session = take_turn(session_id)
    register = queries.find_register(session_id)
    bar = find_code_bar(session, is_closed=register is not None and register.is_closed)
    if bar:
        raise DomainError(bar)
    before = check_in_queries.find_code_in_use(session_id)
    if before is not None and before.id != instead_of:
        return
    if before is not None:
        before.stopped_at = clock.now()
        db.session.flush()
    code = draw_code()
    while check_in_queries.is_taken(code):
        code = draw_code()
    made = CheckIn(
        session_id=session_id, code=code, made_at=clock.now(), made_by_user_id=by.user_id
    )
    db.session.add(made)
    _record(session, "check-in code made", by)
    db.session.flush()


def stop_code(session_id: int, code_id: int, *, by: ActingUser) -> None:
    """Nobody can check in by this code any more. Another that is in use by now stays."""
    session = take_turn(session_id)
    code = check_in_queries.find_code_in_use(session_id)
    if code is None or code.id != code_id:
        return
    code.stopped_at = clock.now()
    _record(session, "check-in code stopped", by)
    db.session.flush()


def _record(session: Session, verb: str, by: ActingUser) -> None:
    # Never the code itself: the record outlives it, and is read by others.
    event_id, now = session.option.event_id, {"session": session.id}
    audit.record("event", event_id, verb, by=by.user_id, now=now)


def find_session(typed: str, *, by: ActingUser) -> int | None:
    """The session whose code somebody typed. None is a wrong one, which is counted.

    In a transaction of its own, so that no refusal takes the count back. Raises DomainError past
    10 wrong ones in 5 minutes, for a right one too. By person: a whole hall is behind one address.
    """
    who = f"check-in {by.user_id}"
    account_services.refuse_guesser(who)
    code = read_code(typed)
    session_id = check_in_queries.find_session_of(code) if code else None
    if session_id is None:
        account_services.add_guess(who)
    return session_id


def check_in(session_id: int, typed: str, *, by: ActingUser) -> bool:
    """Mark oneself here by the code of a session; False where one is marked here already.

    A place at another time of the event will do, and whether there is room is no matter then.
    Raises DomainError, in words for them, where the code or the register is not in use, for
    anybody without a place, and where whoever takes the register has decided otherwise.
    """
    session = take_turn(session_id)
    if check_in_queries.find_session_of(read_code(typed) or "") != session_id:
        raise DomainError(WRONG, field="code")
    if session.option.event.state is not EventState.PUBLISHED:
        raise DomainError(CALLED_OFF)
    register = queries.find_register(session_id)
    mark = find_mark(register.id, by.person_id) if register else None
    if mark and get_kind(mark.kind_key).attended:
        return False
    if register and register.is_closed:
        raise DomainError(REGISTER_CLOSED)
    bar = find_time_bar(session)
    if bar:
        raise DomainError(bar)
    booking = _get_place(session, by)
    if mark:
        _refuse_decided(mark)
    register = register or make_register(session_id, None)
    if mark is None:
        mark = new_mark(register, by.person_id, schools_of(booking), booking_id=booking.id)
        db.session.flush()
    kind = get_kind(here_kind(_mode_at(session, booking)))
    change_mark(mark, kind, new_tap_id(), by=by, reason=BY_CODE)
    db.session.flush()
    return True


def _get_place(session: Session, by: ActingUser) -> Booking:
    booking = check_in_queries.find_place(session, by.person_id)
    if booking is None:
        raise DomainError(_say_no_place(session, by))
    return booking


def _say_no_place(session: Session, by: ActingUser) -> str:
    event = session.option.event
    runs = check_in_queries.list_facilitators(event.id)
    needs_none = by.is_service_staff or policies.can_take_register(by, event, runs)
    return NO_NEED if needs_none else NO_PLACE


def _mode_at(session: Session, booking: Booking) -> Mode:
    """How somebody takes part who booked this time or another."""
    option = session.option
    booked_this = booking.option_id == option.id or option.mode is Mode.HYBRID
    return booking.mode if booked_this else option.mode


def _refuse_decided(mark: Mark) -> None:
    """What whoever takes the register says stands; an apology is overtaken by coming."""
    kind = get_kind(mark.kind_key)
    if kind.recorded and not kind.apology:
        raise DomainError(
            f"The register says “{kind.name.lower()}” of you. Tell whoever runs the session that"
            " you are here."
        )
    if not kind.recorded and check_in_queries.has_checked_in(mark.id):
        raise DomainError(TAKEN_BACK)
