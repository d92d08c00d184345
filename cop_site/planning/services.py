"""Creating, changing, publishing and cancelling events."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from cop_site import audit, clock
from cop_site.accounts import role_services
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import message_services, need_services, waiting_services
from cop_site.db import db
from cop_site.errors import DomainError, StaleEditError
from cop_site.events import queries as event_queries
from cop_site.events import signals as event_signals
from cop_site.events.models import Event, EventKind, EventState, Facilitator, Mode, Option, Session
from cop_site.planning import change_services, draft_message_services

# Of these the history says that they changed, not how they read.
TEXTS = ("description", "access_notes")


@dataclass(frozen=True)
class EventDetails:
    """Everything an editor sets about an event. Moments in UTC; a capacity of None: no limit."""

    kind: EventKind
    title: str
    description: str
    cluster_id: int | None
    starts_at: datetime
    ends_at: datetime
    mode: Mode
    venue: str
    join_link: str
    room_capacity: int | None
    online_capacity: int | None
    governors_count: bool = False
    address: str = ""
    access_notes: str = ""


def details_of(event: Event) -> EventDetails:
    """The details of an event as they stand. Needs options and sessions loaded."""
    option = event.first_made
    return read_details(event, option, option.sessions[0])


def read_details(event: Event, option: Option, session: Session) -> EventDetails:
    """The details of an event from its three rows."""
    return EventDetails(
        kind=event.kind,
        title=event.title,
        description=event.description,
        cluster_id=event.cluster_id,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        mode=option.mode,
        venue=session.venue,
        join_link=session.join_link,
        room_capacity=option.room_capacity,
        online_capacity=option.online_capacity,
        governors_count=event.governors_count,
        address=session.address,
        access_notes=session.access_notes,
    )


def create_event(details: EventDetails, *, by: ActingUser, key: str = "") -> Event:
    """A new draft, run by its maker.

    Raises DomainError where the details don't fit together, or for a day that is over. The same
    details with the same ``key`` again, as of a second click, give the draft there is.
    """
    _check(details)
    # Two clicks at once wait for each other.
    role_services.lock_person(by.person_id)
    uid = _uid_of(details, key, by) if key else secrets.token_hex(16)
    made = db.session.scalar(sa.select(Event).where(Event.calendar_uid == uid))
    if made is not None:
        return made
    _check_start(details)
    event = Event(
        state=EventState.DRAFT,
        calendar_uid=uid,
        created_by_user_id=by.user_id,
        created_at=clock.now(),
    )
    option = Option(event=event)
    session = Session(option=option)
    _fill(event, option, session, details, by)
    db.session.add_all([event, option, session])
    db.session.flush()
    db.session.add(Facilitator(event_id=event.id, person_id=by.person_id))
    told = {name: value for name, value in _plain(details).items() if name not in TEXTS}
    audit.record("event", event.id, "created", by=by.user_id, now=told)
    return event


def _uid_of(details: EventDetails, key: str, by: ActingUser) -> str:
    said = f"{by.user_id}:{key}:{json.dumps(_plain(details), sort_keys=True)}"
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def _check(details: EventDetails) -> None:
    if details.ends_at <= details.starts_at:
        raise DomainError("The end must be after the start", field="ends")
    if details.mode is not Mode.ONLINE and not details.venue:
        raise DomainError("Enter where it is", field="venue")
    if details.kind is EventKind.COP_MEETING and details.cluster_id is None:
        raise DomainError("Choose the cluster that is meeting", field="cluster_id")


def _fill(
    event: Event, option: Option, session: Session, details: EventDetails, by: ActingUser
) -> None:
    event.kind = details.kind
    event.title = details.title
    event.description = details.description
    event.cluster_id = details.cluster_id
    event.governors_count = details.governors_count
    session.starts_at, session.ends_at = details.starts_at, details.ends_at
    option.mode = details.mode
    option.room_capacity = None if details.mode is Mode.ONLINE else details.room_capacity
    option.online_capacity = None if details.mode is Mode.IN_PERSON else details.online_capacity
    is_online = details.mode is Mode.ONLINE
    session.venue = "" if is_online else details.venue
    session.address = "" if is_online else details.address
    session.access_notes = "" if is_online else details.access_notes
    session.join_link = "" if details.mode is Mode.IN_PERSON else details.join_link
    change_services.set_span(event, by=by.user_id)


def _check_ahead(event: Event, was: EventDetails, now: EventDetails) -> None:
    """What was held stays as it was; what is to come does not come in the past."""
    moves = (was.starts_at, was.ends_at, was.mode) != (now.starts_at, now.ends_at, now.mode)
    if moves and event.state is EventState.PUBLISHED and event.ends_at <= clock.now():
        raise DomainError("This event is over, so its date and its places stay as they were.")
    has_begun = event.state is EventState.PUBLISHED and was.starts_at <= clock.now()
    if has_begun and now.starts_at != was.starts_at:
        raise DomainError("It has begun, so when it began stays as it was", field="day")
    if now.starts_at != was.starts_at:
        _check_start(now)


def _check_start(details: EventDetails) -> None:
    if details.starts_at <= clock.now():
        raise DomainError("Enter a date and time ahead", field="day")


def edit_event(event_id: int, version: int, details: EventDetails, *, by: ActingUser) -> int | None:
    """Change an event; people with a booking are told what changed, new places are given out.

    Gives how many are told, None where nothing changed. Raises StaleEditError where somebody
    saved since ``version``, DomainError where the details don't fit together or there would be
    fewer places than people who have one.
    """
    _check(details)
    event = event_queries.lock_event(event_id)
    change_services.check_editor(event, by)
    option = event.first_made
    session = option.sessions[0]
    if event.version != version:
        raise StaleEditError("Somebody else changed this event while you were editing it.")
    if event.state is EventState.CANCELLED:
        raise DomainError("This event has been cancelled, so it can’t be changed.")
    was = read_details(event, option, session)
    _check_ahead(event, was, details)
    _fill(event, option, session, details, by)
    now = read_details(event, option, session)
    if now == was:
        return None
    if len(option.modes) == 1 and was.mode is not now.mode:
        waiting_services.move_to_mode(option, option.modes[0], by=by)
    event.version += 1
    before, after = audit.tell_changed(_plain(was), _plain(now), TEXTS)
    audit.record("event", event.id, "changed", by=by.user_id, was=before, now=after)
    change_services.check_room(event, option)
    change_services.note_move(session, was.starts_at)
    told = change_services.tell_changes(event, _plain(was), _plain(now))
    db.session.flush()
    waiting_services.settle(event)
    return told


def publish_event(event_id: int, *, by: ActingUser, seen: int | None = None) -> Event:
    """Make a draft visible and bookable. Publishing twice is harmless.

    ``seen`` is the version looked over: raises StaleEditError where somebody, the partner who
    drafted it perhaps, has changed it since.
    """
    event = event_queries.lock_event(event_id)
    if event.state is EventState.PUBLISHED:
        return event
    if seen is not None and event.version != seen:
        raise StaleEditError(
            "Somebody changed this draft after you opened it. Look it over again, then publish it."
        )
    if event.state is EventState.CANCELLED:
        raise DomainError("This event has been cancelled. Create a new one.")
    # One that is under way may be published: its register can then be taken.
    if event.first_ends_at <= clock.now():
        raise DomainError("This event is in the past. Change its date, then publish it.")
    publish(event, by=by.user_id)
    return event


def publish(event: Event, *, by: int | None) -> None:
    """Publish a draft that is locked and may be published. ``by`` None: at its time."""
    event.state = EventState.PUBLISHED
    event.published_at = clock.now()
    event.publish_at = None
    event.version += 1
    audit.record("event", event.id, "published", by=by)
    if event.sent_at is not None:
        draft_message_services.tell_published(event)
    db.session.flush()


def cancel_event(event_id: int, reason: str, *, by: ActingUser) -> Event:
    """Call an event off and tell everyone with a booking why. Twice is harmless.

    Raises DomainError where it is over or its register is closed: what happened can't be
    called off. A draft always can.
    """
    event = event_queries.lock_event(event_id)
    change_services.check_editor(event, by)
    if event.state is EventState.CANCELLED:
        return event
    was_published = event.state is EventState.PUBLISHED
    if was_published and event.ends_at <= clock.now():
        raise DomainError("This event is over, so it can’t be cancelled.")
    if event.starts_at <= clock.now() and event_signals.was_held(event_id):
        raise DomainError(
            "A register of this event is closed, so it can’t be cancelled. Dates that are still"
            " to come can be taken off: see Dates and places."
        )
    event.state = EventState.CANCELLED
    event.cancelled_at = clock.now()
    event.publish_at = None
    event.cancel_reason = reason
    event.version += 1
    event.sequence += 1
    audit.record("event", event.id, "cancelled", by=by.user_id, reason=reason)
    need_services.drop_needs_at(event.id)
    if was_published:
        message_services.tell_everyone(
            event, "events/event_cancelled", "CANCEL", {"reason": reason}
        )
    db.session.flush()
    return event


def _plain(details: EventDetails) -> dict[str, Any]:
    """The details as JSON values."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(details).items()
    }
