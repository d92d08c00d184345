"""A field for an address on the web."""

from __future__ import annotations

import re
from typing import Any

from wtforms import ValidationError

from cop_site.web.forms import TextField

LONGEST_LINK = 1000
# A browser runs what stands behind other schemes, or asks another program to.
_ADDRESS = re.compile(r"https?://(?P<host>[^\s/?#@:]+|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?([/?#]\S*)?")


class LinkField(TextField):
    """A link that begins with http:// or https://. ``wrong`` says what to enter instead."""

    def __init__(self, label: str, *, wrong: str, **kwargs: Any) -> None:
        self.wrong = wrong
        super().__init__(label, longest=LONGEST_LINK, validators=[_check_link], **kwargs)

    def __call__(self, **kwargs: Any) -> Any:
        # As text: a browser's own check of type=url would get in before the page's words.
        params = {"inputmode": "url", "spellcheck": False, **kwargs.pop("params", {})}
        return super().__call__(params=params, **kwargs)


def _check_link(form: Any, field: Any) -> None:
    if field.data and not _ADDRESS.fullmatch(field.data):
        raise ValidationError(field.wrong)
