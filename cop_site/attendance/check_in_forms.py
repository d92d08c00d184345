"""Shape of what people send to check in, and of whoever shows the code for it."""

from __future__ import annotations

from wtforms import HiddenField

from cop_site.web.forms import Form, TextField
from cop_site.web.routing import read_id


class CheckInForm(Form):
    code = TextField(
        "Code",
        required="Enter the code",
        longest=40,
        description="6 letters and digits, in the room or in the call",
    )


class CodeForm(Form):
    """A button, and the id of the code that its page showed."""

    shown_id = HiddenField()

    @property
    def shown(self) -> int | None:
        return read_id(self.shown_id.data)
