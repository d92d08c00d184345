"""Shape of what people type about events: making, copying, publishing, calling off."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from wtforms import HiddenField

from cop_site import clock
from cop_site.events.models import EventKind, Mode
from cop_site.planning.programme_forms import ClosedDay, DateFields, WayFields
from cop_site.planning.services import EventDetails
from cop_site.web.forms import (
    DAY_HINT,
    ClockField,
    DayField,
    Form,
    LongTextField,
    PickField,
    TextField,
    TickField,
)
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.stamped import Stamped, as_read


class EventForm(DateFields, PupilGuard, WayFields, Form):
    free_text = ("title", "access_notes", "description")
    page_order = (
        *("kind", "title", "cluster_id", "day", "closed_day", "starts", "ends", "mode"),
        *("venue", "address", "access_notes", "room_capacity"),
        *("join_link", "online_capacity", "description"),
    )

    kind = PickField(
        "Kind of event",
        required="Choose the kind of event",
        choices=[("", "Choose one"), *((kind.value, kind.label) for kind in EventKind)],
    )
    title = TextField("Title", required="Enter a title", longest=120)
    cluster_id = PickField("Which schools it is for")
    description = LongTextField(
        "What it is about",
        description=(
            "Leave a line empty between paragraphs. Start lines with - for a list. "
            "Never write about a pupil."
        ),
    )
    governors_count = TickField("A governor who comes counts as their school coming")
    version = HiddenField(default="1")
    # Of a new one: sent twice, it is one draft.
    key = HiddenField(default=lambda: secrets.token_hex(8))
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


class CopyForm(ClosedDay, Form):
    day = DayField("Date of the copy", required="Enter the date of the copy", description=DAY_HINT)
    key = HiddenField(default=lambda: secrets.token_hex(8))


class SendBackForm(PupilGuard, Form):
    free_text = ("comment",)

    comment = LongTextField(
        "What needs to change?", required="Enter what needs to change", longest=1000
    )


class PublishForm(Stamped, Form):
    day = DayField("Day", required="Enter the day to publish it", description=DAY_HINT)
    at = ClockField(
        "Time",
        required="Enter the time to publish it",
        example="8am or 08:00",
        description="For example, 8am",
    )

    @property
    def moment(self) -> datetime:
        return clock.from_london(self.day.data, self.at.data)


class TemplateForm(Stamped, PupilGuard, Form):
    free_text = ("title", "description")

    title = TextField("Usual title (optional)", longest=120)
    description = LongTextField(
        "What such an event is about (optional)",
        description=(
            "Leave a line empty between paragraphs. Start lines with - for a list. "
            "Never write about a pupil."
        ),
    )

    @property
    def texts(self) -> dict[str, str]:
        return {"title": self.title.data or "", "description": self.description.data or ""}
