"""Forms with free text warn of pupil data before anything is saved.

    class NoticeForm(PupilGuard, Form):
        free_text = ("title", "body")

and ``{{ pupil_tick(form) }}`` (components/forms.html) just above the button. The form comes back
with the warning at the field and a tick to save it all the same. The tick holds for the very
things that were shown: when the text gains another, it is asked for again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

from flask import request
from wtforms import Field

from cop_site import clock
from cop_site.pupil_data import Finding, find_pupil_data
from cop_site.web.forms import TickField

HINT = "Never write about a pupil: no name, initials, year group with a name, date or number."
ADVICE = "Take it out, or tick the box at the end of this form."


class PupilGuard:
    """Mixed into a Form before it. ``free_text`` names the fields that are read."""

    free_text: Sequence[str] = ()
    names_no_pupil = TickField("This names no pupil: save it as it is")

    def list_free_text(self) -> Iterable[Field]:
        """The fields to read, of those the form has; forms with rows of fields add theirs."""
        return [self[name] for name in self.free_text if name in self]  # type: ignore[index, operator]

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))  # type: ignore[misc]
        return self._check_free_text() and is_valid

    def _check_free_text(self) -> bool:
        # A field that is refused already, as too long, is not read: reading takes its time.
        fields = [field for field in self.list_free_text() if not field.errors]
        found = [(field, self._read(field)) for field in fields]
        risky = [(field, findings) for field, findings in found if findings]
        self.pupil_digest = _digest(finding for _field, findings in risky for finding in findings)
        if not risky or (self.names_no_pupil.data and self._was_shown()):
            return True
        self.names_no_pupil.data = False
        self.names_no_pupil.raw_data = None
        for field, findings in risky:
            said = "; ".join(finding.sentence for finding in findings[:3])
            field.errors = [*field.errors, f"{said}. {ADVICE}"]
        return False

    def _read(self, field: Field) -> list[Finding]:
        return find_pupil_data(str(field.data or ""), clock.today())

    def _was_shown(self) -> bool:
        return request.form.get("pupil_digest", "") == self.pupil_digest

    @property
    def asks_no_pupil(self) -> bool:
        """True once something was found that looks like a pupil's."""
        return bool(getattr(self, "pupil_digest", ""))

    @property
    def overrides_guard(self) -> bool:
        """True for a valid form that is saved although something was found."""
        return self.asks_no_pupil and bool(self.names_no_pupil.data)


def _digest(findings: Iterable[Finding]) -> str:
    """Stands for what was found, "" for nothing. Reveals none of it."""
    seen = sorted({f"{finding.kind}:{finding.quote}" for finding in findings})
    return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:16] if seen else ""
