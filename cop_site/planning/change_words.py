"""What is said once an event or a date of it is saved."""

from __future__ import annotations

from cop_site.events.models import Event, Mode, Option
from cop_site.planning.rule_services import BookingRules, rules_of
from cop_site.web.filters import clock_time, long_date, plural, short_date

WORDS = {
    "booking_opens_at": "booking opens on",
    "booking_closes_at": "booking closes on",
    "school_limit_until": "the limit for a school ends on",
    "held_until": "places are kept for new schools until",
}


def say_changed(done: str, was: BookingRules, event: Event, told: int | None = 0) -> str:
    """``done`` with what follows from it. Needs options and dates.

    ``told``: how many are written to, None where nothing changed.
    """
    if told is None:
        return "Nothing was changed, so nobody is emailed."
    emailed = f" {plural(told, 'person', 'people')} with a booking or waiting"
    emailed += f" {'is' if told == 1 else 'are'} emailed about it."
    moved = _say_moved(was, rules_of(event))
    return done + moved + _say_no_link(event) + (emailed if told else "")


def say_time(option: Option) -> str:
    """A time to choose from, by its name and its first date."""
    first = option.sessions[0].starts_at
    return f"{option.label}: {long_date(first)} at {clock_time(first)}"


def say_opening(event: Event) -> str:
    """When booking opens, where that is not at once, as a sentence after another."""
    opens = event.booking_opens_at
    if opens is None or not event.opens_later:
        return ""
    return f" Booking opens on {long_date(opens)} at {clock_time(opens)}."


def _say_moved(was: BookingRules, now: BookingRules) -> str:
    moved = [
        f"{words} {short_date(getattr(now, name))}"
        for name, words in WORDS.items()
        if getattr(was, name) != getattr(now, name)
    ]
    return f" The booking rules moved with it: {', '.join(moved)}." if moved else ""


def _say_no_link(event: Event) -> str:
    """Nobody can join a date online that has no link."""
    is_missing = any(
        option.mode is not Mode.IN_PERSON and not session.join_link
        for option in event.options
        for session in option.sessions
    )
    return " Add the link to join online before the day." if is_missing else ""
