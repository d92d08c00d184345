"""Calendar files: the same entry for the same session, whoever's calendar it is in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

from flask import current_app
from icalendar import (
    Calendar,
    Event,
    Timezone,
    TimezoneDaylight,
    TimezoneStandard,
    vCalAddress,
    vDuration,
)

from cop_site import clock

# What message_services.calendar_of gives.
Content = dict[str, Any]
LOOK_AGAIN = timedelta(hours=4)


def build(context: Content) -> bytes:
    """A calendar file from what message_services.calendar_of gave, with London's time zone.

    The UID of an entry never changes and SEQUENCE counts changes, so calendars update it.
    """
    calendar, organizer = _begin(context["method"]), _organizer()
    for held in context["dates"]:
        calendar.add_component(_entry(context, held, organizer))
    return bytes(calendar.to_ical())


def build_feed(bookings: Iterable[tuple[Content, bool]], since: datetime) -> bytes:
    """A person's whole calendar, for another to fetch: each booking, and whether it has a place.

    The entries are those of the mailed files, so nobody has one twice. Dates that were over
    before ``since`` are left out.
    """
    calendar, organizer = _begin("PUBLISH"), _organizer()
    calendar.add("x-wr-calname", "Communities of Practice")
    calendar.add("refresh-interval", LOOK_AGAIN, parameters={"VALUE": "DURATION"})
    # Outlook's own name for it; the library knows no type for that.
    calendar.add("x-published-ttl", vDuration(LOOK_AGAIN))
    for context, has_place in bookings:
        for held in context["dates"]:
            if datetime.fromisoformat(held["ends_at"]) >= since:
                calendar.add_component(_entry(context, held, organizer, has_place=has_place))
    return bytes(calendar.to_ical())


def _begin(method: str) -> Calendar:
    calendar = Calendar()
    calendar.add("prodid", "-//Communities of Practice//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_london())
    return calendar


def _london() -> Timezone:
    """The rules of London as Outlook and others read them: a rule for each change of the clocks.

    The library would list every change since 1970, which other makes misread by an hour.
    """
    zone = Timezone()
    zone.add("tzid", "Europe/London")
    winter, summer = timedelta(0), timedelta(hours=1)
    for part, name, first, month, before, after in (
        # Times on the wall: a zone can't be told in a zone.
        (TimezoneDaylight(), "BST", datetime(1996, 3, 31, 1), 3, winter, summer),  # noqa: DTZ001
        (TimezoneStandard(), "GMT", datetime(1996, 10, 27, 2), 10, summer, winter),  # noqa: DTZ001
    ):
        part.add("tzname", name)
        part.add("dtstart", first)
        part.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1su"})
        part.add("tzoffsetfrom", before)
        part.add("tzoffsetto", after)
        zone.add_component(part)
    return zone


def _organizer() -> vCalAddress:
    """Whoever publishes an entry or calls it off must be named (RFC 5546, 3.2.1 and 3.2.5).

    It is the service, as its mail is from.
    """
    name, address = parseaddr(current_app.config["MAIL_FROM"])
    organizer = vCalAddress(f"mailto:{address}")
    # The format has no way to write a quotation mark in a parameter.
    organizer.params["CN"] = name.replace('"', "'") or "Communities of Practice"
    return organizer


def _entry(
    context: Content, held: dict[str, str], organizer: vCalAddress, *, has_place: bool = True
) -> Event:
    page = current_app.config["SITE_ADDRESS"] + context["event_path"]
    entry = Event()
    entry.add("uid", f"{held['uid']}@communities-of-practice")
    entry.add("sequence", context["sequence"])
    entry.add("organizer", organizer)
    entry.add("dtstamp", datetime.fromisoformat(context["stamped_at"]))
    entry.add("dtstart", clock.london(datetime.fromisoformat(held["starts_at"])))
    entry.add("dtend", clock.london(datetime.fromisoformat(held["ends_at"])))
    entry.add("summary", context["title"])
    entry.add("location", held["place"])
    entry.add("url", page)
    link = f"Join: {held['join_link']}\n" if held["join_link"] else ""
    entry.add("description", f"{link}Details and your booking: {page}")
    if not has_place:
        # On the waiting list: shown, but the time is not taken up.
        entry.add("status", "TENTATIVE")
        entry.add("transp", "TRANSPARENT")
    else:
        entry.add("status", "CANCELLED" if context["method"] == "CANCEL" else "CONFIRMED")
    return entry
