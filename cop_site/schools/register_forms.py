"""Shape of what an administrator sends of the register."""

from __future__ import annotations

from typing import Any

from flask_wtf.file import FileField
from govuk_frontend_wtf import wtforms_widgets as gov
from wtforms import HiddenField

from cop_site.schools.upload_models import UploadKind
from cop_site.web.forms import ChoiceField, Form, TextField, TickField

KINDS = (
    (UploadKind.SCHOOLS.value, "Schools: “Establishment fields CSV”"),
    (UploadKind.LINKS.value, "Links, which school became which: “Establishment links CSV”"),
)


class UploadForm(Form):
    kind = ChoiceField("What is in the file?", choices=KINDS, default=UploadKind.SCHOOLS.value)
    la_code = TextField(
        "Local authority code",
        longest=3,
        description="3 digits, like 351. Or “all”. A file of links needs none.",
    )
    file = FileField("File", widget=gov.GovFileInput(), render_kw={"accept": ".csv,.xz"})

    def __init__(self, largest: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.file.description = f"Send it as you downloaded it, up to {largest // (1024 * 1024)} MB"


class TakeInForm(Form):
    seen = HiddenField()
    skip_refused = TickField("Leave out the lines that are refused, and take in the others")
