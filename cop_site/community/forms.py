"""Shape of a notice."""

from __future__ import annotations

from datetime import timedelta

from flask import request
from wtforms import HiddenField

from cop_site import clock
from cop_site.community.services import NoticeDetails
from cop_site.web.filters import short_date
from cop_site.web.forms import DayField, Form, LongTextField, TextField
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.routing import read_id

USUALLY_SHOWN = timedelta(days=28)


class NoticeForm(PupilGuard, Form):
    free_text = ("title", "text")

    title = TextField("Title", required="Enter a title", longest=120)
    text = LongTextField(
        "Text (optional)",
        longest=4000,
        description="Everyone in the cluster’s schools can read this. Never write about a pupil.",
    )
    shown_until = DayField(
        "Last day it shows",
        required="Enter the last day it shows",
        description="For example, 27 11 2026. After that day it leaves the page by itself.",
    )
    edits = HiddenField()

    @property
    def details(self) -> NoticeDetails:
        return NoticeDetails(
            str(self.title.data), (self.text.data or "").strip(), self.shown_until.data
        )

    @property
    def seen_edits(self) -> int:
        """How often the notice had been saved when this form was opened; 0 for nonsense."""
        return read_id(request.form.get("edits")) or 0

    def list_differences(self, saved: NoticeDetails) -> list[tuple[str, str]]:
        """What somebody else saved where it differs from what was typed, as label and text."""
        typed = self.details
        pairs = (
            ("Title", typed.title, saved.title),
            ("Text", typed.text, saved.text),
            ("Last day it shows", short_date(typed.shown_until), short_date(saved.shown_until)),
        )
        return [(label, theirs) for label, mine, theirs in pairs if mine != theirs]


def new_values() -> dict[str, object]:
    return {"shown_until": clock.today() + USUALLY_SHOWN}


def form_values(details: NoticeDetails, edits: int) -> dict[str, object]:
    return {
        "title": details.title,
        "text": details.text,
        "shown_until": details.shown_until,
        "edits": str(edits),
    }
