"""Shape of what an administrator says of a setting without a URN."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from wtforms.validators import ValidationError

from cop_site.schools.models import name_phase
from cop_site.schools.setting_services import Setting
from cop_site.web.forms import DayField, Form, PickField, TextField, WholeNumberField
from cop_site.web.stamped import Stamped

# As the register names them; what a site has beside these is offered too.
PHASES = ("Nursery", "Primary", "Secondary", "16 plus", "All-through", "Not applicable")
POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}", re.IGNORECASE)


def _check_postcode(form: Any, field: Any) -> None:
    """The shape alone."""
    if field.data and not POSTCODE.fullmatch(" ".join(field.data.split())):
        raise ValidationError("Enter a full UK postcode, like LK1 2AB")


class SettingForm(Stamped, Form):
    name = TextField("Name", required="Enter the name of the setting")
    local_code = TextField(
        "Local code",
        required="Enter a code of your own",
        longest=20,
        description="A code of your own that nothing else has, like AP-01",
    )
    type_name = TextField(
        "What it is",
        required="Enter what it is",
        longest=100,
        description="Like alternative provision, or private nursery",
    )
    phase = PickField("Phase", required="Choose a phase")
    town = TextField("Town (optional)", longest=100)
    postcode = TextField("Postcode (optional)", longest=10, validators=[_check_postcode])
    low_age = WholeNumberField("Youngest age (optional)", most=99)
    high_age = WholeNumberField("Oldest age (optional)", most=99)
    pupils = WholeNumberField("Pupils on roll (optional)", most=99_999)
    opened_on = DayField("Opened on (optional)")
    closed_on = DayField("Last day (optional)", description="Leave it empty while it goes on")

    def offer(self, phases: Iterable[str]) -> None:
        found = dict.fromkeys((*PHASES, *phases))
        pairs = [(phase, name_phase(phase)) for phase in found]
        self.phase.choices = [("", "Choose"), *pairs]

    @property
    def setting(self) -> Setting:
        """A text field that was not sent at all is an empty one."""
        values: dict[str, Any] = {}
        for name in Setting.__dataclass_fields__:
            field = self._fields[name]
            values[name] = (field.data or "") if isinstance(field, TextField) else field.data
        return Setting(**values)
