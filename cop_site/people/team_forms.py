"""Shape of what is said of a partner service's contact."""

from __future__ import annotations

import re
from typing import Any

from wtforms.validators import ValidationError

from cop_site.people.team_services import ContactDetails
from cop_site.web.forms import DayField, EmailField, Form, NameField, PickField, TextField
from cop_site.web.stamped import Stamped

# Lightly: people write numbers as they are said, with an extension behind.
NUMBER = re.compile(r"\+?[0-9 ().-]{3,30}(?:(?:ext|x)[. ]*[0-9]{1,6})?", re.IGNORECASE)


class ContactForm(Stamped, Form):
    person_id = PickField("Somebody who is here already")
    name = NameField("Or the name of somebody else")
    phone = TextField("Phone (optional)", longest=40, description="For example, 0161 496 0123")
    email = EmailField("Email address (optional)")
    how = TextField(
        "How to reach them (optional)",
        description="For example, mornings, ask for the duty officer",
    )
    starts_on = DayField("First day", required="Enter the first day")
    ends_on = DayField("Last day (optional)", description="Leave it empty while it goes on")

    def offer(self, people: list[tuple[int, str]]) -> None:
        self.person_id.choices = [
            ("", "Nobody of these"),
            *((str(key), name) for key, name in people),
        ]

    def validate_phone(self, field: TextField) -> None:
        if field.data and not NUMBER.fullmatch(field.data):
            raise ValidationError("Enter a phone number, like 0161 496 0123")

    @property
    def details(self) -> ContactDetails:
        """A name beside somebody who is here already is not kept: theirs is."""
        person_id = int(self.person_id.data) if self.person_id.data else None
        values: dict[str, Any] = {
            name: self[name].data or "" for name in ("name", "phone", "email", "how")
        }
        if person_id is not None:
            values["name"] = ""
        days = {"starts_on": self.starts_on.data, "ends_on": self.ends_on.data}
        return ContactDetails(person_id=person_id, **values, **days)
