"""Calendar files: the same entry for the same session, whoever's calendar it is in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import current_app
from icalendar import Calendar, Event

from cop_site import clock


def build(context: dict[str, Any]) -> bytes:
    """A calendar file from what message_services.calendar_of gave, with London's time zone.

    The UID of an entry never changes and SEQUENCE counts changes, so calendars update it.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Communities of Practice//EN")
    calendar.add("version", "2.0")
    calendar.add("method", context["method"])
    for held in context["dates"]:
        calendar.add_component(_entry(context, held))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _entry(context: dict[str, Any], held: dict[str, str]) -> Event:
    page = current_app.config["SITE_ADDRESS"] + context["event_path"]
    entry = Event()
    entry.add("uid", f"{held['uid']}@communities-of-practice")
    entry.add("sequence", context["sequence"])
    entry.add("dtstamp", datetime.fromisoformat(context["stamped_at"]))
    entry.add("dtstart", clock.london(datetime.fromisoformat(held["starts_at"])))
    entry.add("dtend", clock.london(datetime.fromisoformat(held["ends_at"])))
    entry.add("summary", context["title"])
    entry.add("location", held["place"])
    entry.add("url", page)
    link = f"Join: {held['join_link']}\n" if held["join_link"] else ""
    entry.add("description", f"{link}Details and your booking: {page}")
    entry.add("status", "CANCELLED" if context["method"] == "CANCEL" else "CONFIRMED")
    return entry
