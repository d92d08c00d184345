"""Shape of what administrators type about people."""

from __future__ import annotations

from typing import Any

from wtforms.validators import ValidationError

from cop_site import clock
from cop_site.accounts.models import Standing
from cop_site.web.forms import (
    DAY_HINT,
    ChoiceField,
    DayField,
    EmailField,
    Form,
    ManyField,
    NameField,
    PickField,
    Required,
    TextField,
    TickField,
)

STANDINGS = [(one.value, one.label) for one in Standing]


class RoleForm(Form):
    """A role to give, of whatever sort."""

    role = PickField("Role", required="Choose a role")
    school = TextField(
        "School (only for a role at a school)",
        description="The URN, or the name. Add the town where names repeat: Oak Primary, Larkton.",
    )
    standing = ChoiceField(
        "Are they in post, acting or interim? (only for a SENCO)",
        choices=STANDINGS,
    )
    starts_on = DayField("First day", required="Enter the first day", description=DAY_HINT)

    def __init__(self, choices: list[tuple[str, str]], **kwargs: Any) -> None:
        given = {"starts_on": clock.today(), "standing": Standing.SUBSTANTIVE.value}
        super().__init__(data=given, **kwargs)
        self.role.choices = [("", "Choose"), *choices]

    @property
    def chosen_standing(self) -> Standing:
        return Standing(self.standing.data or Standing.SUBSTANTIVE.value)


class InviteForm(RoleForm):
    """Somebody to invite. The name is used only where nobody has the address."""

    name = NameField("Name", required="Enter their name", render_kw={"autocomplete": "off"})
    email = EmailField(
        "Email address",
        required="Enter their email address",
        description="Their own address at work: the invitation goes there.",
        render_kw={"autocomplete": "off"},
    )


class NameForm(Form):
    name = NameField("Name", required="Enter their name", render_kw={"autocomplete": "off"})


class AddressForm(Form):
    email = EmailField(
        "Email address",
        required="Enter their email address",
        render_kw={"autocomplete": "off"},
    )


class EraseForm(Form):
    names = ManyField("Which names go from what others wrote?")
    sure = TickField(
        "I have checked that this is the right person. It can’t be undone.",
        validators=[Required("Tick the box if you are sure")],
    )


class PartnerForm(Form):
    name = TextField("Name of the partner service", required="Enter its name", longest=100)

    def validate_name(self, field: Any) -> None:
        if field.data and field.data.startswith(("=", "+", "-", "@")):
            raise ValidationError("A name begins with a letter or a digit")
