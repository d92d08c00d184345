"""Forms for what others may be changing too: a second editor sees both texts, overwrites neither.

    class TermForm(Stamped, Form): ...

and ``{{ form.seen() }}`` in the template's form. ``saved`` maps names of fields to what is saved.
The service compares ``form.seen`` with what is there by then (``errors.refuse_stale``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from wtforms import Field, HiddenField

from cop_site.errors import StaleEditError, stamp_of
from cop_site.web.forms import ChoiceField, PickField


class Stamped:
    """Mixed into a Form before it."""

    seen = HiddenField()

    @property
    def seen_stamp(self) -> str:
        return str(self.seen.data or "")

    def fill(self, saved: Mapping[str, Any]) -> None:
        """Show what is saved, unless something was typed: now, or before signing in again."""
        if self.is_submitted() or self.seen.data:  # type: ignore[attr-defined]
            return
        self.seen.data = stamp_of(saved)
        for name, value in saved.items():
            self[name].data = value  # type: ignore[index]

    def show_both(self, error: StaleEditError, saved: Mapping[str, Any]) -> list[tuple[str, str]]:
        """What was saved meanwhile and differs, as label and text. Saving again is deliberate."""
        self.refuse(error)  # type: ignore[attr-defined]
        self.seen.data = stamp_of(saved)
        fields = [self[name] for name in saved]  # type: ignore[index]
        return [
            (field.label.text, as_read(field, saved[field.name]))
            for field in fields
            if (field.data or None) != (saved[field.name] or None)
        ]


def as_read(field: Field, value: Any) -> str:
    """A field's value as a person would read it."""
    if isinstance(field, PickField | ChoiceField):
        return next((label for known, label, *_ in field.iter_choices() if known == value), "")
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return f"{value.day} {value:%B} {value.year}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return "" if value is None else str(value)
