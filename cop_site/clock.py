"""The only clock in the program. Call ``clock.now()``; never import the functions by name."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ONE_DAY = timedelta(days=1)
LONDON = ZoneInfo("Europe/London")
# strftime is slow and speaks the language of the machine.
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def _system_now() -> datetime:
    return datetime.now(UTC)


# Tests put a fixed moment here; nothing else assigns it.
source = _system_now


def now() -> datetime:
    """This moment, in UTC."""
    return source()


def today() -> date:
    """The date in London, which is the date on everybody's wall."""
    return london_date(now())


def london(moment: datetime) -> datetime:
    """The same moment on a London clock."""
    return moment.astimezone(LONDON)


def london_date(moment: datetime) -> date:
    """The date in London at ``moment``."""
    return london(moment).date()


def from_london(day: date, at: time) -> datetime:
    """The UTC moment of a London wall-clock time.

    In the hour that occurs twice in October the first is meant. A time inside the hour that
    March skips becomes the moment an hour later on the wall, as phones and Outlook do.
    """
    return datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC)


def move_days(moment: datetime, days: timedelta) -> datetime:
    """The same time on a London clock, so many days later."""
    there = london(moment)
    return from_london(there.date() + days, there.time())


def say_time(at: time) -> str:
    """Like "1:30pm", "9am" or "midday"."""
    if (at.hour, at.minute) == (12, 0):
        return "midday"
    if (at.hour, at.minute) == (0, 0):
        return "midnight"
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes}{'am' if at.hour < 12 else 'pm'}"


def say_day(day: date) -> str:
    """Like "27 November 2026": how every sentence of the site writes a date."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def say_from(what: str, first_day: date) -> str:
    """Like "SENCO at Oak Primary", and "... from 1 September 2027" while that is still to come."""
    return f"{what} from {say_day(first_day)}" if first_day > today() else what
