"""Shape of what editors type about resources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from flask import request
from flask_wtf.file import FileField
from govuk_frontend_wtf import wtforms_widgets as gov
from wtforms import HiddenField

from cop_site.toolkit.file_checks import ACCEPTED, TAKEN
from cop_site.toolkit.models import Accessibility, Facet, FacetValue
from cop_site.toolkit.services import Care, ResourceDetails
from cop_site.web.filters import short_date
from cop_site.web.forms import (
    ChoiceField,
    DayField,
    Form,
    LongTextField,
    ManyField,
    PickField,
    TextField,
)
from cop_site.web.pupil_guard import HINT, PupilGuard
from cop_site.web.routing import read_id

Choices = dict[Facet, list[FacetValue]]
Owners = list[tuple[int, str]]


class ResourceForm(PupilGuard, Form):
    free_text: Sequence[str] = ("title", "summary", "guidance", "accessibility_note", "change_note")
    title = TextField(
        "Title", required="Enter a title", longest=120, description="What people would search for"
    )
    summary = LongTextField(
        "Summary",
        required="Enter a summary",
        longest=400,
        description="One or two sentences: what it is, and when a school would use it.",
    )
    guidance = LongTextField(
        "Guidance (optional)",
        description=(
            "How to use it. Leave a line empty between paragraphs. Start lines with - for a list"
            f" and with ### for a heading. {HINT}"
        ),
    )
    area = ManyField("Areas of need")
    stage = ManyField("Stages (optional)")
    tier = ChoiceField("Tier of support (optional)")
    phase = ManyField("Phases (optional)")
    accessibility = ChoiceField("How accessible is it? (needed before you publish)")
    accessibility_note = TextField(
        "What a disabled person should know about it (optional)",
        longest=300,
        description="For example, “A screen reader cannot read the table in the PDF”",
    )
    owner = PickField("Owner", required="Choose who looks after it")
    review_on = DayField(
        "Review by", required="Enter when it is to be reviewed", description="Usually in a year"
    )
    change_note = TextField(
        "What changed in this version",
        longest=300,
        description="Shown beside the version. Needed before you publish.",
    )
    edits = HiddenField()

    def __init__(self, choices: Choices, owners: Owners, *, is_first: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.names = {row.key: row.name for rows in choices.values() for row in rows}
        self.people = dict(owners)
        for facet in Facet:
            self[facet.value].choices = [(row.key, row.name) for row in choices[facet]]
        self.tier.choices = [("", "Not one of these"), *_pairs(choices[Facet.TIER])]
        self.accessibility.choices = [(one.value, one.label) for one in Accessibility]
        self.owner.choices = [("", "Choose one"), *((str(id_), name) for id_, name in owners)]
        if is_first:
            del self.change_note
            self.free_text = self.free_text[:-1]
        else:
            del self.owner
            del self.review_on

    @property
    def details(self) -> ResourceDetails:
        """What was typed, as the service takes it. Only after the form is valid."""
        status = self.accessibility.data
        chosen = [self.area.data, self.stage.data, [self.tier.data], self.phase.data]
        return ResourceDetails(
            title=str(self.title.data),
            summary=str(self.summary.data).strip(),
            guidance=(self.guidance.data or "").strip(),
            facets=frozenset(key for keys in chosen for key in keys or () if key),
            owner_id=int(self.owner.data) if "owner" in self else None,
            review_on=self.review_on.data if "review_on" in self else None,
            accessibility=Accessibility(status) if status in set(Accessibility) else None,
            accessibility_note=self.accessibility_note.data or "",
            change_note=(self.change_note.data or "") if "change_note" in self else "",
        )

    @property
    def seen_edits(self) -> int:
        """How often the draft had been saved when this form was opened; 0 for nonsense."""
        return read_id(request.form.get("edits")) or 0

    def list_differences(self, saved: ResourceDetails) -> list[tuple[str, str]]:
        """What somebody else saved where it differs from what was typed, as label and text."""
        typed = self.details
        changed = (one.name for one in fields(saved))
        return [
            (_LABELS[name], self._say(saved, name))
            for name in changed
            if getattr(saved, name) != getattr(typed, name)
        ]

    def _say(self, details: ResourceDetails, name: str) -> str:
        """One of the details as a person would read it."""
        if name == "facets":
            return ", ".join(label for key, label in self.names.items() if key in details.facets)
        if name == "owner_id":
            return self.people.get(details.owner_id or 0, "Somebody who has left")
        if name == "review_on" and details.review_on:
            return short_date(details.review_on)
        if name == "accessibility":
            return details.accessibility.label if details.accessibility else ""
        return str(getattr(details, name))


_LABELS = {
    "title": "Title",
    "summary": "Summary",
    "guidance": "Guidance",
    "facets": "Areas, stages, tier and phases",
    "owner_id": "Owner",
    "review_on": "Review by",
    "accessibility": "How accessible",
    "accessibility_note": "What a disabled person should know",
    "change_note": "What changed",
}


def _pairs(values: list[FacetValue]) -> list[tuple[str, str]]:
    return [(value.key, value.name) for value in values]


def form_values(details: ResourceDetails, choices: Choices) -> dict[str, Any]:
    """A draft's details as the form shows them."""
    chosen = {
        facet.value: [row.key for row in rows if row.key in details.facets]
        for facet, rows in choices.items()
    }
    return {
        "title": details.title,
        "summary": details.summary,
        "guidance": details.guidance,
        **chosen,
        "tier": next(iter(chosen["tier"]), ""),
        "owner": str(details.owner_id or ""),
        "review_on": details.review_on,
        "accessibility": details.accessibility.value if details.accessibility else "",
        "accessibility_note": details.accessibility_note,
        "change_note": details.change_note,
    }


class UploadForm(Form):
    file = FileField("Add a file", widget=gov.GovFileInput(), render_kw={"accept": ACCEPTED})

    def __init__(self, largest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file.description = f"{TAKEN}, up to {largest // (1024 * 1024)} MB"


class WithdrawForm(Form):
    reason = TextField("Why is it withdrawn?", required="Enter why it is withdrawn", longest=300)


class DiscardForm(Form):
    edits = HiddenField()

    @property
    def seen_edits(self) -> int:
        """How often the draft had been saved when the page was opened; 0 for nonsense."""
        return read_id(self.edits.data) or 0


class LookAfterForm(Form):
    owner = PickField("Owner", required="Choose who looks after it")
    review_on = DayField(
        "Review by",
        required="Enter when it is to be reviewed next",
        description="Once you have looked it over, usually in a year",
    )
    replaced_by = PickField(
        "Replaced by (optional)",
        description="Schools are sent on to that resource. Withdraw this one when they have moved",
    )

    seen = HiddenField()

    def __init__(self, owners: Owners, others: Owners, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.people, self.titles = dict(owners), dict(others)
        self.owner.choices = [("", "Choose one"), *((str(id_), name) for id_, name in owners)]
        self.replaced_by.choices = [("", "Nothing"), *((str(id_), name) for id_, name in others)]

    @property
    def care(self) -> Care:
        """What was typed, as the service takes it. Only after the form is valid."""
        replaced_by = self.replaced_by.data
        return Care(
            int(self.owner.data), self.review_on.data, int(replaced_by) if replaced_by else None
        )

    def list_differences(self, saved: Care) -> list[tuple[str, str]]:
        """What somebody else saved where it differs from what was typed, as label and text."""
        typed = self.care
        told = (
            ("Owner", "owner_id", self.people.get(saved.owner_id, "Somebody who has left")),
            ("Review by", "review_on", short_date(saved.review_on)),
            (
                "Replaced by",
                "replaced_by_id",
                self.titles.get(saved.replaced_by_id or 0, "Nothing"),
            ),
        )
        return [
            (label, text)
            for label, name, text in told
            if getattr(saved, name) != getattr(typed, name)
        ]
