"""The number of a certificate that somebody checks."""

from __future__ import annotations

from typing import Any

from wtforms.validators import ValidationError

from cop_site.records.models import read_number
from cop_site.web.forms import Form, TextField

MISTYPED = "Enter the 16 letters and numbers that the certificate shows, like BCDF-2345-GHJK-6789"


def _check(form: Any, field: Any) -> None:
    if field.data and read_number(field.data) is None:
        raise ValidationError(MISTYPED)


class NumberForm(Form):
    number = TextField(
        "Certificate number",
        required="Enter the number of the certificate",
        longest=40,
        validators=[_check],
        description="16 letters and numbers. Capitals, spaces and dashes make no difference.",
    )
