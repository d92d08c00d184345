"""Shape of a list of people to invite."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from flask import request
from flask_wtf.file import FileField
from govuk_frontend_wtf import wtforms_widgets as gov
from wtforms import HiddenField

from cop_site import clock
from cop_site.errors import DomainError
from cop_site.people.invite_list_reading import (
    LARGEST_FILE,
    ListLine,
    check_length,
    decode,
    read_list,
)
from cop_site.web.forms import DAY_HINT, DayField, Form, LongTextField
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.routing import read_id
from cop_site.web.uploads import sent_file

LONGEST_LIST = 200_000


class ListForm(PupilGuard, Form):
    """Lines to look at, and those that were found good. Names and addresses of staff alone: a line
    that is anything else is refused, so no text is kept that could name a pupil."""

    free_text = ()

    lines = LongTextField("People, one a line", longest=LONGEST_LIST)
    file = FileField(
        "Or a file (CSV)",
        widget=gov.GovFileInput(),
        description="Saved from a spreadsheet as CSV, at most 500 lines.",
    )
    good = HiddenField()
    starts_on = DayField(
        "First day of these roles",
        required="Enter the first day",
        description=f"For lines without a first day of their own. {DAY_HINT}",
    )

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(data={"starts_on": clock.today()}, **kwargs)

    @property
    def wants_to_invite(self) -> bool:
        return request.form.get("step") == "invite"

    @property
    def taken_out(self) -> int | None:
        """Which of the good lines is taken out of the list, counted from 1."""
        return read_id(request.form.get("step", "").removeprefix("out-"))

    def read_good(self) -> list[ListLine]:
        lines = read_list(str(self.good.data or "")[:LONGEST_LIST])
        return [line for place, line in enumerate(lines, 1) if place != self.taken_out]

    def read_box(self) -> list[ListLine]:
        return read_list(str(self.lines.data or ""))

    def read_file(self) -> list[ListLine]:
        """Raises DomainError where it is no list."""
        sent = sent_file()
        if sent is None:
            return []
        with closing(sent):
            return read_list(decode(sent.stream.read(LARGEST_FILE + 1)))

    def read_all(self) -> list[ListLine]:
        """All there is to look at. Raises DomainError where there is nothing, or too much."""
        lines = [*self.read_good(), *self.read_box(), *self.read_file()]
        if not lines and not self.taken_out:
            raise DomainError("Enter at least one line, or choose a file", field="lines")
        return check_length(lines)
