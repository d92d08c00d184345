"""Shape of what people type who plan events."""

from __future__ import annotations

import secrets
from datetime import datetime

from wtforms import HiddenField

from cop_site import clock
from cop_site.web.forms import DAY_HINT, ClockField, DayField, Form, LongTextField, TextField
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.stamped import Stamped


class CopyForm(Form):
    day = DayField("Date of the copy", required="Enter the date of the copy", description=DAY_HINT)
    key = HiddenField(default=lambda: secrets.token_hex(8))


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
