"""Forms for what others may be changing too: a second editor sees both texts, overwrites neither.

    class TermForm(Stamped, Form): ...

and ``{{ form.seen() }}`` in the template's form. ``saved`` maps names of fields to what is saved.
The service compares ``form.seen`` with what is there by then (``errors.refuse_stale``).

    form.fill(saved())
    if form.saves(lambda: services.change(id_, form.details, seen=form.seen_stamp), saved):
        return redirect(...)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

from wtforms import Field, HiddenField

from cop_site import clock
from cop_site.errors import DomainError, StaleEditError, stamp_of
from cop_site.transaction import transaction
from cop_site.web.forms import ChoiceField, ManyField, PickField


class Stamped:
    """Mixed into a Form before it."""

    seen = HiddenField()
    # What somebody else saved meanwhile and differs, as label and text; None where nobody did.
    theirs: list[tuple[str, str]] | None = None

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

    def saves(self, change: Callable[[], Any], saved: Callable[[], Mapping[str, Any]]) -> bool:
        """True once ``change`` is committed; else the form says what is wrong, if it was sent."""
        if not self.is_valid_post():  # type: ignore[attr-defined]
            return False
        try:
            with transaction():
                change()
        except StaleEditError as error:
            now = saved()
            # Nobody else's, but the same form a second time: what was sent is what is there.
            if not self._list_differences(now):
                return True
            self.show_both(error, now)
        except DomainError as error:
            self.refuse(error)  # type: ignore[attr-defined]
        else:
            return True
        return False

    def show_both(self, error: StaleEditError, saved: Mapping[str, Any]) -> None:
        """What was typed stays, and ``theirs`` stands beside it. Saving again is deliberate."""
        self.refuse(error)  # type: ignore[attr-defined]
        self.seen.data = stamp_of(saved)
        self.theirs = self._list_differences(saved)

    def _list_differences(self, saved: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Label and saved text of each field that is typed otherwise."""
        fields = [self[name] for name in saved]  # type: ignore[index]
        return [
            (field.label.text, as_read(field, saved[field.name]))
            for field in fields
            if (field.data or None) != (saved[field.name] or None)
        ]


def as_read(field: Field, value: Any) -> str:
    """A field's value as a person would read it."""
    if isinstance(field, ManyField):
        return ", ".join(label for known, label, *_ in field.iter_choices() if known in value)
    if isinstance(field, PickField | ChoiceField):
        return next((label for known, label, *_ in field.iter_choices() if known == value), "")
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, date):
        return clock.say_day(value)
    if isinstance(value, time):
        return clock.say_time(value)
    return "" if value is None else str(value)
