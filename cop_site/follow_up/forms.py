"""Forms of materials and of inviting people."""

from __future__ import annotations

from typing import Any

from govuk_frontend_wtf import wtforms_widgets as gov
from wtforms import FileField, HiddenField

from cop_site.toolkit.file_checks import ACCEPTED, TAKEN
from cop_site.web.forms import Form, ManyField, PickField, TextField
from cop_site.web.link_field import LinkField
from cop_site.web.routing import read_id

CAME, MISSED = "came", "missed"


class LinkForm(Form):
    title = TextField("What it is called", required="Enter what it is called")
    url = LinkField(
        "Link", required="Enter a link", wrong="Enter a full link, like https://slides.example/abc"
    )


class MaterialFileForm(Form):
    file = FileField("File", widget=gov.GovFileInput(), render_kw={"accept": ACCEPTED})

    def __init__(self, largest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file.description = f"{TAKEN}, up to {largest // (1024 * 1024)} MB"


class ToolkitForm(Form):
    resource_id = PickField("Resource", required="Choose a resource from the list")

    def __init__(self, choices: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.resource_id.choices = [
            ("", "Choose a resource"),
            *((str(id_), title) for id_, title in choices),
        ]

    @property
    def chosen_id(self) -> int:
        """What was chosen. Only after the form is valid."""
        return read_id(self.resource_id.data) or 0


class SendForm(Form):
    """``number``: which sending this is, as the page counted."""

    to = ManyField("Who gets them", required="Choose who gets them")
    number = HiddenField()

    def offer(self, came: int, missed: int) -> None:
        choices = [
            (CAME, f"Those who came ({came})", came),
            (MISSED, f"Those who had a place and missed it ({missed})", missed),
        ]
        self.to.choices = [(key, text) for key, text, count in choices if count]
        if not self.is_submitted():
            self.to.data = [key for key, _text, count in choices if count]

    def goes_to(self, whom: str) -> bool:
        return whom in (self.to.data or [])

    @property
    def seen_number(self) -> int:
        return read_id(self.number.data) or 0
