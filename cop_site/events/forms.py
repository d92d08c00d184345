"""Shape of what people type about events and bookings."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wtforms import HiddenField

from cop_site import clock
from cop_site.events.models import EventKind, Mode, Option
from cop_site.events.programme_forms import DateFields, WayFields
from cop_site.events.queries import Places
from cop_site.events.services import EventDetails
from cop_site.web.filters import long_date, plural, time_range
from cop_site.web.forms import (
    ChoiceField,
    DayField,
    Form,
    LongTextField,
    ManyField,
    PickField,
    TextField,
    TickField,
)
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.stamped import as_read


class EventForm(DateFields, PupilGuard, WayFields, Form):
    free_text = ("title", "access_notes", "description")
    page_order = (
        *("kind", "title", "cluster_id", "day", "starts", "ends", "mode"),
        *("venue", "address", "access_notes", "room_capacity"),
        *("join_link", "online_capacity", "description"),
    )

    kind = PickField(
        "Kind of event",
        required="Choose the kind of event",
        choices=[("", "Choose one"), *((kind.value, kind.label) for kind in EventKind)],
    )
    title = TextField("Title", required="Enter a title", longest=120)
    cluster_id = PickField("Who it is for")
    description = LongTextField(
        "What it is about",
        description=(
            "Leave a line empty between paragraphs. Start lines with - for a list. "
            "Never write about a pupil."
        ),
    )
    governors_count = TickField("A governor who comes counts as their school coming")
    version = HiddenField(default="1")
    # Where the event has several dates: what is saved of the first of them.
    only_words: EventDetails | None = None

    def __init__(self, clusters: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cluster_id.choices = [
            ("", "Every school"),
            *((str(id_), name) for id_, name in clusters),
        ]

    @property
    def details(self) -> EventDetails:
        """What was typed, as the service takes it. Only after the form is valid."""
        words: dict[str, Any] = {
            "kind": EventKind(self.kind.data),
            "title": str(self.title.data),
            "description": self.description.data or "",
            "cluster_id": int(self.cluster_id.data) if self.cluster_id.data else None,
            "governors_count": bool(self.governors_count.data),
        }
        if self.only_words is not None:
            return replace(self.only_words, **words)
        return EventDetails(
            **words,
            **vars(self.date_details),
            mode=Mode(self.mode.data),
            room_capacity=self.room_capacity.data,
            online_capacity=self.online_capacity.data,
        )

    def leave_out_dates(self, saved: EventDetails) -> None:
        """Several dates have pages of their own; what is saved of the first stays."""
        self.only_words = saved
        for name in (*vars(DateFields), *vars(WayFields)):
            if name in self:
                del self[name]

    def list_differences(self, saved: EventDetails) -> list[tuple[str, str]]:
        """What was saved and differs from what is typed here: each field's label and text."""
        values = form_values(saved, 0)
        return [
            (field.label.text, as_read(field, values[field.name]))
            for field in self
            if field.name in values and field.name != "version" and field.data != values[field.name]
        ]

    @property
    def seen_version(self) -> int:
        """The version of the event that the person had before them; 0 where it is nonsense."""
        given = str(self.version.data or "")
        return int(given[:9]) if given.isascii() and given.isdigit() else 0


def form_values(details: EventDetails, version: int) -> dict[str, Any]:
    """An event's details as the form shows them."""
    return {
        "kind": details.kind.value,
        "title": details.title,
        "cluster_id": str(details.cluster_id or ""),
        "day": clock.london_date(details.starts_at),
        "starts": clock.london(details.starts_at).time(),
        "ends": clock.london(details.ends_at).time(),
        "mode": details.mode.value,
        "venue": details.venue,
        "address": details.address,
        "access_notes": details.access_notes,
        "room_capacity": details.room_capacity,
        "join_link": details.join_link,
        "online_capacity": details.online_capacity,
        "description": details.description,
        "governors_count": details.governors_count,
        "version": version,
    }


class CancelEventForm(PupilGuard, Form):
    free_text = ("reason",)

    reason = TextField(
        "Why is it cancelled?",
        required="Enter why it is cancelled",
        longest=500,
    )


class CancelBookingForm(PupilGuard, Form):
    free_text = ("reason",)

    reason = TextField(
        "Why can’t you come? (optional)",
        longest=200,
        description="Whoever runs the event reads this",
    )


def say_option(option: Option) -> str:
    """One way to take part, in a line: its name, dates, and where."""
    first = option.sessions[0]
    when = f"{long_date(first.starts_at)}, {time_range(first.starts_at, first.ends_at)}"
    more = len(option.sessions) - 1
    dates = f"{when}, and {plural(more, 'more date')}" if more else when
    place = "online" if option.mode is Mode.ONLINE else first.venue
    return ", ".join(part for part in (option.name, dates, place) if part)


def say_places(places: list[Places]) -> str:
    """How many places anybody can have now, over the modes of an option."""
    left = [part.left for part in places]
    if None in left:
        return "Places for everyone"
    count = sum(part or 0 for part in left)
    return f"{plural(count, 'place')} left" if count else "Full, with a waiting list"


class BookingForm(Form):
    """Whom a booking is for. A person with one school is never asked which.

    Nothing is ticked first but the one school they chose to act for: each that is named counts.
    """

    school_ids = ManyField("Which schools are you coming for?", coerce=str)
    option_id = ChoiceField("When will you come?")
    mode = ChoiceField("How will you take part?")

    def __init__(self, schools: dict[int, str], options: list[Option], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.school_ids.choices = [(str(id_), name) for id_, name in schools.items()]
        self.option_id.choices = [(str(option.id), say_option(option)) for option in options]
        modes = {mode for option in options for mode in option.modes}
        self.mode.choices = [(mode.value, mode.label) for mode in Mode if mode in modes]
        self.asks_mode = any(len(option.modes) > 1 for option in options)
        self.only_school = next(iter(schools)) if len(schools) == 1 else None

    def say_places(self, options: list[Option], places: dict[int, list[Places]]) -> None:
        """Only what can still be booked is offered, each with the places it has."""
        self.option_id.choices = [
            (str(option.id), f"{say_option(option)}. {say_places(places[option.id])}")
            for option in options
        ]

    @property
    def chosen_schools(self) -> list[int]:
        if self.only_school is not None:
            return [self.only_school]
        return [int(value) for value in self.school_ids.data or ()]

    @property
    def chosen(self) -> dict[str, Any]:
        """What ``book_place`` takes."""
        return {
            "school_ids": self.chosen_schools,
            "option_id": int(self.option_id.data) if self.option_id.data else None,
            "mode": Mode(self.mode.data) if self.mode.data else None,
        }


class ConversionForm(Form):
    day = DayField(
        "First day of the new school",
        required="Enter the first day of the new school",
        description="What was before it stays with the old school. For example, 1 9 2026",
    )
