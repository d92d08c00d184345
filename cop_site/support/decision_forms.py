"""Shape of what people type about an entry, an action or a plan once it is there."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField

from cop_site.support.forms import DueField
from cop_site.web.forms import (
    DayField,
    Form,
    LongTextField,
    PickField,
    TextField,
    WholeNumberField,
)
from cop_site.web.pupil_guard import PupilGuard

LONGEST_COMMENT = 1_000


class _Decision(PupilGuard, Form):
    """About an entry as somebody saw it: ``edits`` says which saving of it."""

    free_text = ("comment",)
    edits = HiddenField()

    @property
    def seen_edits(self) -> int:
        given = str(self.edits.data or "")
        return int(given[:9]) if given.isascii() and given.isdigit() else 0


class CountersignForm(_Decision):
    comment = LongTextField(
        "Comment for your colleague (optional)",
        longest=LONGEST_COMMENT,
        description="Schools don’t read this.",
    )


class SendBackForm(_Decision):
    comment = LongTextField(
        "What needs to change?",
        required="Say what needs to change",
        longest=LONGEST_COMMENT,
        description="Your colleague reads this. Schools don’t.",
    )


class VoidForm(PupilGuard, Form):
    free_text = ("reason",)
    reason = TextField(
        "Why is it withdrawn?",
        required="Say why the entry is withdrawn",
        longest=300,
        description="Like “Logged twice”. It is kept with the entry.",
    )


class MoveForm(Form):
    due_on = DueField("New date", required="Enter the new date")


class DropForm(PupilGuard, Form):
    free_text = ("reason",)
    reason = TextField(
        "Why is it not needed any more?",
        required="Say why it is not needed any more",
        longest=300,
    )


class PlanForm(Form):
    """Minutes planned for each school week, from a day to a day inclusive."""

    cluster_id = PickField("Cluster", required="Choose the cluster")
    starts_on = DayField("From", required="Enter the first day of the plan")
    ends_on = DayField("To", description="Leave empty while it has no end")
    minutes_a_week = WholeNumberField(
        "Minutes in each school week",
        required="Enter the minutes in a school week, or 0",
        most=10_000,
        description="Contact, preparation and travel together. 5 hours are 300 minutes.",
    )

    def __init__(self, clusters: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        names = [(str(id_), name) for id_, name in clusters]
        self.cluster_id.choices = [("", "Choose one"), *names]


class EndPlanForm(Form):
    ends_on = DayField("Last day of the plan", required="Enter the last day of the plan")
