"""Shape of what an administrator says of a term."""

from __future__ import annotations

from wtforms.validators import ValidationError

from cop_site.schools.setup_services import NewTerm
from cop_site.web.forms import DayField, Form, TextField
from cop_site.web.stamped import Stamped


class TermForm(Stamped, Form):
    name = TextField("Name", required="Enter a name, like Autumn 2026", longest=40)
    starts_on = DayField("First day", required="Enter the first day")
    ends_on = DayField("Last day", required="Enter the last day")
    half_term_starts_on = DayField(
        "First day of the half term (optional)",
        description="The days in between that are no school days",
    )
    half_term_ends_on = DayField("Last day of the half term (optional)")
    reason = TextField("Why is it changed?", longest=300)

    def validate_half_term_ends_on(self, field: DayField) -> None:
        first, last = self.half_term_starts_on, field
        if (first.data is None) != (last.data is None) and not first.errors:
            raise ValidationError("Enter both days of the half term, or neither")

    @property
    def term(self) -> NewTerm:
        first, last = self.half_term_starts_on.data, self.half_term_ends_on.data
        half_term = (first, last) if first and last else None
        return NewTerm(str(self.name.data), self.starts_on.data, self.ends_on.data, half_term)
