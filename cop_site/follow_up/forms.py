"""Forms of materials and of inviting people."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from flask_wtf.file import FileField
from govuk_frontend_wtf import wtforms_widgets as gov
from wtforms import HiddenField

from cop_site.follow_up.invite_models import Candidate
from cop_site.toolkit.file_checks import ACCEPTED, TAKEN
from cop_site.web.forms import Form, LongTextField, ManyField, PickField, TextField
from cop_site.web.link_field import LinkField
from cop_site.web.pupil_guard import HINT, PupilGuard
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


class _People(ManyField):
    """Whoever left the list since it was shown is no error: the service leaves them out."""

    def pre_validate(self, form: Any) -> None:
        return


class InviteForm(PupilGuard, Form):
    """``key`` makes a second click of the same form harmless."""

    free_text = ("note",)
    page_order = ("person_ids", "note")

    person_ids = _People("Who is invited", required="Choose somebody to invite")
    note = LongTextField("Add a few words of your own (optional)", longest=1000, description=HINT)
    key = HiddenField(default=lambda: secrets.token_hex(16))

    def offer(self, people: Sequence[Candidate]) -> None:
        """Everybody of the list, ticked until somebody says otherwise."""
        self.person_ids.choices = [
            (str(one.person_id), f"{one.name}, {'; '.join(one.schools)}") for one in people
        ]
        if not self.is_submitted():
            self.person_ids.data = [str(one.person_id) for one in people]

    @property
    def chosen_ids(self) -> list[int]:
        return [id_ for text in self.person_ids.data or [] if (id_ := read_id(text))]

    @property
    def seen_key(self) -> str:
        """As it was sent; a new one where it was not whole."""
        key = str(self.key.data or "")
        return key if 16 <= len(key) <= 40 else secrets.token_hex(16)
