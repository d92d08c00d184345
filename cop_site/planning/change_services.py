"""What follows from a change to an event, whoever makes it: its span, its room, who is told."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import message_services, place_queries
from cop_site.bookings import signals as booking_signals
from cop_site.bookings.signals import Overtaken
from cop_site.db import db
from cop_site.errors import DomainError
from cop_site.events import policies as event_policies
from cop_site.events.models import Event, EventState, Mode, Option, Session

# The changes that people with a booking are told of.
TOLD = ("title", "starts_at", "ends_at", "mode", "venue", "address", "access_notes", "join_link")
# Not everyone may have the link, so that it is no part of what it was and is.
SAID = TOLD[:-1]
# What concerns only those who come one way, where nothing else changed.
CONCERNS = {"access_notes": (Mode.IN_PERSON,), "join_link": (Mode.ONLINE,)}
# The moments of the rules of booking, which move with the first date.
RULED = ("booking_opens_at", "booking_closes_at", "school_limit_until", "held_until")


def set_span(event: Event, *, by: int | None = None) -> None:
    """The event begins with its first date and ends with its last. Needs all of them loaded.

    Raises DomainError for a draft that would publish itself only once it has begun.
    """
    sessions = [session for option in event.options for session in option.sessions]
    was = event.starts_at
    event.starts_at = min(session.starts_at for session in sessions)
    event.ends_at = max(session.ends_at for session in sessions)
    if event.id is not None and event.starts_at != was:
        _move_rules(event, was, by)
    if event.publish_at is not None and event.publish_at >= event.starts_at:
        on = clock.say_day(clock.london_date(event.publish_at))
        raise DomainError(
            f"This draft publishes itself on {on}. Choose a later date, or take that off first",
            field="day",
        )


def note_move(session: Session, was: datetime) -> None:
    """Who could not come at the time before may come now, and says so if not."""
    if session.starts_at != was:
        overtaken = Overtaken(frozenset({session.id}), None, "the date moved")
        booking_signals.overtake_apologies(overtaken)


def _move_rules(event: Event, was: datetime, by: int | None) -> None:
    """The rules of booking move by as many days as the first date; booking that is open stays so.

    Raises DomainError where it would open only once the event has begun.
    """
    days = clock.london_date(event.starts_at) - clock.london_date(was)
    before: dict[str, Any] = {}
    for name in RULED if days else ():
        moment = getattr(event, name)
        if moment is not None and (name != "booking_opens_at" or event.opens_later):
            before[name] = moment.isoformat()
            setattr(event, name, clock.move_days(moment, days))
    if before:
        now = {name: getattr(event, name).isoformat() for name in before}
        audit.record("event", event.id, "booking rules moved", by=by, was=before, now=now)
    if event.booking_opens_at is not None and event.booking_opens_at >= event.starts_at:
        on = clock.say_day(clock.london_date(event.booking_opens_at))
        raise DomainError(
            f"Booking opens on {on}, after this. Change the booking rules first", field="day"
        )


def check_editor(event: Event, by: ActingUser) -> None:
    """A partner's draft may have been published while they wrote, or be about to be.

    Nobody would look over what they change after a time was set. Needs the event locked.
    """
    if not event_policies.can_edit(by, event):
        raise DomainError("The service has published this event, so you can’t change it any more.")
    if event.publish_at is not None and not event_policies.can_publish(by, event):
        raise DomainError(
            "The service has said when this draft is published, so you can’t change it any more."
            " Ask them to take that off first."
        )


def count_edit(event: Event) -> None:
    """Of a draft anything that changes is to be looked over before it is published.

    Once it is published only its own form and its dates count. Needs the event locked.
    """
    if event.state is EventState.DRAFT:
        event.version += 1


def check_room(event: Event, option: Option) -> None:
    """Never fewer places than people who already have one, or than are kept for new schools."""
    db.session.flush()
    until = event.held_until
    held = event.held_places or 0 if until is not None and until > clock.now() else 0
    for places in place_queries.count_places(event)[option.id]:
        if places.capacity is None:
            continue
        field = "online_capacity" if places.mode is Mode.ONLINE else "room_capacity"
        if held > places.capacity:
            kept = "1 place is" if held == 1 else f"{held} places are"
            raise DomainError(
                f"{kept} kept for new schools. Enter {held} or more, or change the booking rules "
                "first",
                field=field,
            )
        if places.used > places.capacity:
            people = (
                "1 person already has" if places.used == 1 else f"{places.used} people already have"
            )
            raise DomainError(f"{people} a place. Enter {places.used} or more", field=field)


def tell_changes(
    event: Event, was: dict[str, Any], now: dict[str, Any], *, option_id: int | None = None
) -> int:
    """Say what it was and what it is, as JSON values; ``option_id``: to whom it concerns.

    Gives how many are told.
    """
    told = [name for name in TOLD if was[name] != now[name]]
    if "join_link" in told and not _is_known(event):
        told.remove("join_link")
    more = {
        "changed": told,
        "was": {name: was[name] for name in SAID},
        "now": {name: now[name] for name in SAID},
    }
    modes = CONCERNS[told[0]] if len(told) == 1 and told[0] in CONCERNS else tuple(Mode)
    return tell(event, more, option_id=option_id, modes=modes) if told else 0


def tell(
    event: Event,
    more: dict[str, Any],
    *,
    option_id: int | None = None,
    modes: Collection[Mode] = tuple(Mode),
) -> int:
    """Everyone with a booking reads that it changed; nobody of a draft, or of what is over."""
    if event.state is not EventState.PUBLISHED or event.ends_at <= clock.now():
        return 0
    event.sequence += 1
    return message_services.tell_everyone(
        event, "events/event_changed", "PUBLISH", more, option_id=option_id, modes=modes
    )


def _is_known(event: Event) -> bool:
    """Whether anybody has seen the link yet: until the day before nobody has it."""
    return any(session.shows_link for option in event.options for session in option.sessions)
