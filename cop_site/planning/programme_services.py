"""The dates of an event, and the ways to take part that people choose from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import call_off_services, waiting_services
from cop_site.bookings import queries as booking_queries
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_stale
from cop_site.events import queries as event_queries
from cop_site.events import signals as event_signals
from cop_site.events.models import Event, EventState, Mode, Option, Session
from cop_site.planning import change_services

# Of these the history says that they changed, not how they read.
TEXTS = ("access_notes",)
BEGAN = "This date has begun, so it stays as it was."


@dataclass(frozen=True)
class SessionDetails:
    """When and where. Moments in UTC."""

    starts_at: datetime
    ends_at: datetime
    venue: str
    join_link: str
    address: str = ""
    access_notes: str = ""


@dataclass(frozen=True)
class OptionDetails:
    """How people take part, and how many. A capacity of None: no limit."""

    name: str
    mode: Mode
    room_capacity: int | None
    online_capacity: int | None


def read_session(session: Session) -> SessionDetails:
    return SessionDetails(
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        venue=session.venue,
        join_link=session.join_link,
        address=session.address,
        access_notes=session.access_notes,
    )


def read_option(option: Option) -> OptionDetails:
    capacities = option.room_capacity, option.online_capacity
    return OptionDetails(option.name, option.mode, *capacities)


def add_session(
    event_id: int, option_id: int, details: SessionDetails, *, by: ActingUser
) -> Session:
    """Another date of an option, as a course has. The same date sent twice is one.

    Whoever has booked is told. Raises DomainError where it does not fit, or its first date is over.
    """
    event = _lock(event_id, by)
    option = find_option(event, option_id)
    _check(details, option.mode)
    for session in option.sessions:
        if session.starts_at == details.starts_at:
            return session
    added = Session(option=option, **asdict(details))
    db.session.add(added)
    _record(event, "date added", by, now=_without_texts(details))
    change_services.tell(event, {"changed": [], "added": _when(details)}, option_id=option.id)
    waiting_services.settle(event)
    return added


def add_option(
    event_id: int, details: OptionDetails, first: SessionDetails, *, by: ActingUser
) -> Option:
    """Another way to take part, with its first date: people choose one. Sent twice it is one."""
    event = _lock(event_id, by)
    details = _only_offered(details)
    first = _only_where(first, details.mode)
    _check(first, details.mode)
    for option in event.options:
        if read_option(option) == details and read_session(option.sessions[0]) == first:
            return option
    position = max(option.position for option in event.options) + 1
    _check_label(event, details.name or f"Time {position + 1}")
    added = Option(event=event, position=position, **asdict(details))
    added.sessions.append(Session(**asdict(first)))
    db.session.add(added)
    _record(event, "time to choose added", by, now={**_plain(details), **_without_texts(first)})
    change_services.check_room(event, added)
    return added


def change_session(
    event_id: int, session_id: int, details: SessionDetails, *, seen: str, by: ActingUser
) -> int | None:
    """Move a date, or change where it is. Whoever has booked it is told what changed.

    Gives how many are told, None where nothing changed. Raises StaleEditError where somebody
    changed it since ``seen``, DomainError where it has begun.
    """
    event = _lock(event_id, by)
    option, session = find_session(event, session_id)
    was = read_session(session)
    refuse_stale(seen, session_values(was))
    _check_ahead(event, session)
    _check(details, option.mode, was.starts_at)
    if details == was:
        return None
    for name, value in asdict(details).items():
        setattr(session, name, value)
    before, after = audit.tell_changed(_plain(was), _plain(details), TEXTS)
    _record(event, "date changed", by, was=before, now=after)
    change_services.note_move(session, was.starts_at)
    same = {"title": event.title, "mode": option.mode.value}
    before, after = _plain(was) | same, _plain(details) | same
    told = change_services.tell_changes(event, before, after, option_id=option.id)
    waiting_services.settle(event)
    return told


def change_option(
    event_id: int, option_id: int, details: OptionDetails, *, seen: str, by: ActingUser
) -> int | None:
    """Change a way to take part; new places are offered to who waits.

    Gives and raises as ``change_session``, DomainError also where there would be fewer places
    than people who have one, or a date has nowhere to be.
    """
    event = _lock(event_id, by)
    option = find_option(event, option_id)
    was = read_option(option)
    refuse_stale(seen, option_values(was))
    if _only_offered(details) == was:
        return None
    for name, value in asdict(_only_offered(details)).items():
        setattr(option, name, value)
    _check_label(event, option.label, option.id)
    for session in option.sessions:
        _change_place(session, option.mode)
    if len(option.modes) == 1 and was.mode is not option.mode:
        waiting_services.move_to_mode(option, option.modes[0], by=by)
    before, after = audit.tell_changed(_plain(was), _plain(read_option(option)), ())
    _record(event, "time to choose changed", by, was=before, now=after)
    change_services.check_room(event, option)
    first = _plain(read_session(option.sessions[0])) | {"title": event.title}
    before, after = {**first, "mode": was.mode.value}, {**first, "mode": option.mode.value}
    told = change_services.tell_changes(event, before, after, option_id=option.id)
    waiting_services.settle(event)
    return told


def take_off_session(
    event_id: int, session_id: int, *, reason: str = "", into_id: int | None = None, by: ActingUser
) -> int:
    """Take a date off, and with the last one of an option the option. Gives how many are told.

    Whoever booked it is told why; with the last date of a time they go to another, ``into_id``.
    Raises DomainError for the event's only date, one that has begun, and one with a register.
    """
    event = _lock(event_id, by)
    option, session = find_session(event, session_id)
    stays = say_why_it_stays(event, option, session)
    if stays:
        raise DomainError(stays)
    told = 0
    if booking_queries.was_ever_booked(option.id):
        told = _call_off(event, option, session, reason, into_id, by)
    was = _without_texts(read_session(session))
    event_signals.session_goes(session.id)
    _record(event, "date taken off", by, was=was, reason=reason)
    option.sessions.remove(session)
    db.session.delete(session)
    if not option.sessions:
        event.options.remove(option)
        db.session.delete(option)
    change_services.set_span(event, by=by.user_id)
    db.session.flush()
    waiting_services.settle(event)
    return told


def _call_off(
    event: Event,
    option: Option,
    session: Session,
    reason: str,
    into_id: int | None,
    by: ActingUser,
) -> int:
    if not reason:
        raise DomainError("Enter why it is called off", field="reason")
    if len(option.sessions) > 1:
        return call_off_services.tell_called_off(event, option, session, reason)
    into = next((one for one in list_other_times(event, option) if one.id == into_id), None)
    if into is None:
        raise DomainError("Choose where its people go", field="into")
    return call_off_services.move_everybody(event, option, into, reason, by=by)


def list_other_times(event: Event, option: Option) -> list[Option]:
    """Where the people of a time can go: the others that have not begun."""
    now = clock.now()
    return [one for one in event.options if one is not option and one.starts_at > now]


def say_why_it_stays(event: Event, option: Option, session: Session) -> str:
    """Why a date can't be taken off; "" where it can."""
    if len(event.options) == 1 and len(option.sessions) == 1:
        return "This is the only date. Cancel the event instead."
    if event.state is not EventState.DRAFT and session.starts_at <= clock.now():
        return BEGAN
    if event_signals.is_on_record(session.id):
        return "It has a register or a survey, so it stays. Change the date instead."
    is_last = len(option.sessions) == 1 and not list_other_times(event, option)
    if is_last and booking_queries.was_ever_booked(option.id):
        return "Somebody has booked it, and no other time is ahead. Change the date instead."
    return ""


def _lock(event_id: int, by: ActingUser) -> Event:
    event = event_queries.lock_event(event_id)
    change_services.check_editor(event, by)
    if event.state is EventState.CANCELLED:
        raise DomainError("This event has been cancelled, so it can’t be changed.")
    if event.state is EventState.PUBLISHED and event.ends_at <= clock.now():
        raise DomainError("This event is over, so its dates and places stay as they were.")
    return event


def find_option(event: Event, option_id: int) -> Option:
    """One of its ways to take part, or NotFoundError."""
    for option in event.options:
        if option.id == option_id:
            return option
    raise NotFoundError("There is no such time to choose from.")


def has_session(event: Event, session_id: int) -> bool:
    return any(one.id == session_id for option in event.options for one in option.sessions)


def find_session(event: Event, session_id: int) -> tuple[Option, Session]:
    """One of its dates with its option, or NotFoundError."""
    for option in event.options:
        for session in option.sessions:
            if session.id == session_id:
                return option, session
    raise NotFoundError("There is no such date.")


def _check_label(event: Event, label: str, option_id: int | None = None) -> None:
    """Two that read alike could not be told apart by whoever chooses."""
    if any(option.label == label and option.id != option_id for option in event.options):
        raise DomainError("Another time is called this. Choose another name", field="name")


def _check(details: SessionDetails, mode: Mode, was: datetime | None = None) -> None:
    """``was``: when it began so far, which may stay."""
    if details.starts_at != was and details.starts_at <= clock.now():
        raise DomainError("Enter a date and time ahead", field="day")
    if details.ends_at <= details.starts_at:
        raise DomainError("The end must be after the start", field="ends")
    if mode is not Mode.ONLINE and not details.venue:
        raise DomainError("Enter where it is", field="venue")


def _check_ahead(event: Event, session: Session) -> None:
    """A draft was never held, so that its dates may move."""
    if event.state is not EventState.DRAFT and session.starts_at <= clock.now():
        raise DomainError(BEGAN)


def _change_place(session: Session, mode: Mode) -> None:
    """Raises DomainError for a date in a room that is not known."""
    for name, value in asdict(_only_where(read_session(session), mode)).items():
        setattr(session, name, value)
    if mode is not Mode.ONLINE and not session.venue:
        day = clock.say_day(clock.london_date(session.starts_at))
        raise DomainError(f"Change the date, {day}, first: enter its venue", field="mode")


def _only_where(details: SessionDetails, mode: Mode) -> SessionDetails:
    """Online there is no venue, in a room no link."""
    if mode is Mode.ONLINE:
        return replace(details, venue="", address="", access_notes="")
    return replace(details, join_link="") if mode is Mode.IN_PERSON else details


def _only_offered(details: OptionDetails) -> OptionDetails:
    """A capacity only where there is something to be full."""
    return replace(
        details,
        room_capacity=None if details.mode is Mode.ONLINE else details.room_capacity,
        online_capacity=None if details.mode is Mode.IN_PERSON else details.online_capacity,
    )


def _record(
    event: Event,
    verb: str,
    by: ActingUser,
    *,
    was: dict[str, Any] | None = None,
    now: dict[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Every change of dates is one of the event: its editors see that it is another by now."""
    change_services.set_span(event, by=by.user_id)
    event.version += 1
    audit.record(
        "event", event.id, verb, by=by.user_id, was=was or {}, now=now or {}, reason=reason
    )
    db.session.flush()


def _when(details: SessionDetails) -> dict[str, Any]:
    """The link to join is for few, and a message's row is read by more."""
    return {name: _plain(details)[name] for name in ("starts_at", "ends_at")}


def _without_texts(details: SessionDetails) -> dict[str, Any]:
    return {name: value for name, value in _plain(details).items() if name not in TEXTS}


def _plain(details: SessionDetails | OptionDetails) -> dict[str, Any]:
    """As JSON values."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(details).items()
    }


def values_to_start(option: Option) -> dict[str, Any]:
    """What the next date begins with: where the last one is."""
    last = option.sessions[-1]
    return {"venue": last.venue, "address": last.address, "access_notes": last.access_notes}


def session_values(details: SessionDetails) -> dict[str, Any]:
    """A date as its form shows it, which is what a stamp is of."""
    return {
        "day": clock.london_date(details.starts_at),
        "starts": clock.london(details.starts_at).time(),
        "ends": clock.london(details.ends_at).time(),
        "venue": details.venue,
        "address": details.address,
        "access_notes": details.access_notes,
        "join_link": details.join_link,
    }


def option_values(details: OptionDetails) -> dict[str, Any]:
    """A way to take part as its form shows it."""
    return {
        "name": details.name,
        "mode": details.mode.value,
        "room_capacity": details.room_capacity,
        "online_capacity": details.online_capacity,
    }
