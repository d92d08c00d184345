"""The rules of booking an event: when it is open, how long offers last, and for whom places are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

from cop_site import audit, clock
from cop_site.accounts.acting_models import ActingUser
from cop_site.bookings import claim_queries, offer_times, waiting_services
from cop_site.bookings import queries as booking_queries
from cop_site.db import db
from cop_site.errors import DomainError, refuse_stale
from cop_site.events import queries as event_queries
from cop_site.events.models import Event, EventState
from cop_site.planning import change_services


@dataclass(frozen=True)
class BookingRules:
    """Moments in UTC; None where there is no such rule."""

    booking_opens_at: datetime | None = None
    booking_closes_at: datetime | None = None
    offer_days: int = 2
    school_limit: int | None = None
    school_limit_until: datetime | None = None
    held_places: int | None = None
    held_until: datetime | None = None


def rules_of(event: Event) -> BookingRules:
    return BookingRules(**{name: getattr(event, name) for name in BookingRules.__annotations__})


def values_of(rules: BookingRules) -> dict[str, Any]:
    """The rules as the form shows them, in days and times on a London clock."""
    opens_on, opens = _split(rules.booking_opens_at)
    closes_on, closes = _split(rules.booking_closes_at)
    return {
        **{"opens_on": opens_on, "opens": opens, "closes_on": closes_on, "closes": closes},
        "offer_days": rules.offer_days,
        "school_limit": rules.school_limit,
        "school_limit_ends_on": _split(rules.school_limit_until)[0],
        "held_places": rules.held_places,
        "held_ends_on": _split(rules.held_until)[0],
    }


def _split(moment: datetime | None) -> tuple[date | None, time | None]:
    if moment is None:
        return None, None
    return clock.london_date(moment), clock.london(moment).time()


def _plain(rules: BookingRules) -> dict[str, Any]:
    """The rules as JSON values."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(rules).items()
    }


def set_rules(event_id: int, rules: BookingRules, *, seen: str, by: ActingUser) -> Event:
    """Change the rules; whoever waits and may have a place by them now is offered it.

    Nobody loses a place by a new rule. ``seen``: the stamp of the rules that the editor had.
    Raises StaleEditError where somebody saved others since, DomainError where they don't fit.
    """
    event = event_queries.lock_event(event_id)
    change_services.check_editor(event, by)
    if event.state is EventState.CANCELLED:
        raise DomainError("This event has been cancelled, so it can’t be changed.")
    was = rules_of(event)
    refuse_stale(seen, values_of(was))
    _check(rules, event)
    for name in BookingRules.__annotations__:
        setattr(event, name, getattr(rules, name))
    before, after = audit.tell_changed(_plain(was), _plain(rules), ())
    if after:
        change_services.count_edit(event)
    audit.record("event", event.id, "booking rules changed", by=by.user_id, was=before, now=after)
    _note_new_schools(event)
    db.session.flush()
    waiting_services.give_places(event, by=by.user_id)
    return event


def _check(rules: BookingRules, event: Event) -> None:
    opens, closes = rules.booking_opens_at, rules.booking_closes_at
    if opens is not None and opens >= event.starts_at:
        raise DomainError("Booking must open before the event starts", field="opens_on")
    if opens is not None and closes is not None and closes <= opens:
        raise DomainError("Booking must close after it opens", field="closes_on")
    if closes is not None and closes > max(option.starts_at for option in event.options):
        raise DomainError("Booking must close by the time the event starts", field="closes_on")
    _check_held(rules, event)
    last = event.starts_at - offer_times.FIRST_COME
    for until, field, what in (
        (rules.school_limit_until, "school_limit_ends_on", "The limit must end"),
        (rules.held_until, "held_ends_on", "Places can only be kept until a day"),
    ):
        if until is not None and until > last:
            raise DomainError(f"{what} before the day of the event", field=field)


def _check_held(rules: BookingRules, event: Event) -> None:
    """No more are kept than there are. Where there is no limit to the places, none need be."""
    ways = [(option, mode) for option in event.options for mode in option.modes]
    known = [option.capacity(mode) for option, mode in ways]
    least = min((count for count in known if count is not None), default=None)
    if least is not None and (rules.held_places or 0) > least:
        places = "1 place" if least == 1 else f"{least} places"
        there = "One of the times, or ways to take part, has" if len(ways) > 1 else "There are"
        there = "There is" if (len(ways), least) == (1, 1) else there
        raise DomainError(f"{there} only {places}. Enter {least} or fewer", field="held_places")


def _note_new_schools(event: Event) -> None:
    """Whoever booked before places were held counts as those who book after it."""
    if event.held_places is None:
        return
    bookings = booking_queries.list_live_with_schools(event.id)
    new = claim_queries.list_new_schools(
        {row.school_id for booking in bookings for row in booking.schools}
    )
    for booking in bookings:
        booking.for_new_school = any(row.school_id in new for row in booking.schools)
