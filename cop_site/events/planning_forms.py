"""Shape of what people type who plan events."""

from __future__ import annotations

import secrets

from wtforms import HiddenField

from cop_site.web.forms import DAY_HINT, DayField, Form


class CopyForm(Form):
    day = DayField("Date of the copy", required="Enter the date of the copy", description=DAY_HINT)
    key = HiddenField(default=lambda: secrets.token_hex(8))
