"""Shape of what administrators type about people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from wtforms.validators import ValidationError

from cop_site import clock
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.models import PartnerService, SchoolRoleKind, Standing
from cop_site.accounts.role_queries import SCHOOL
from cop_site.people import role_choosing_queries, school_people_queries
from cop_site.people.role_giving import ChosenRole
from cop_site.people.school_people_queries import HeldRole, OwnPeople
from cop_site.person_names import is_same_name
from cop_site.web.checks import Required
from cop_site.web.forms import (
    DAY_HINT,
    ChoiceField,
    DayField,
    EmailField,
    Form,
    ManyField,
    NameField,
    PickField,
    TextField,
    TickField,
)

STANDINGS = [(one.value, one.label) for one in Standing]


class Namesakes:
    """Says who has the name that was typed: one more at a school is more often the same person."""

    is_other = TickField("This is somebody else of the same name")
    at_school: Collection[HeldRole] = ()

    @property
    def namesakes(self) -> list[HeldRole]:
        """Those at the school, each once."""
        typed = str(self.name.data or "")  # type: ignore[attr-defined]
        return list(
            {one.person_id: one for one in self.at_school if is_same_name(one.name, typed)}.values()
        )

    @property
    def newcomer(self) -> Newcomer:
        name, email = self.name.data, self.email.data  # type: ignore[attr-defined]
        return Newcomer(str(name), str(email), is_other=bool(self.is_other.data))


class SecondSenco:
    """Says who is SENCO at a school: one more is right where they share the post, else a slip."""

    shares = TickField("Add them as a second SENCO: they share the post")
    school_id = 0
    sencos: Collection[HeldRole] = ()
    at_school: Collection[HeldRole] = ()

    def show_sencos(self, school_id: int, people: OwnPeople) -> None:
        self.at_school = (*people.here, *people.to_come)
        self.school_id = school_id
        self.sencos = [one for one in self.at_school if one.role is SchoolRoleKind.SENCO]


class RoleForm(SecondSenco, Form):
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

    def __init__(self, partners: Sequence[PartnerService], **kwargs: Any) -> None:
        given = {"starts_on": clock.today(), "standing": Standing.SUBSTANTIVE.value}
        super().__init__(data=given, **kwargs)
        self.partners = partners
        choices = role_choosing_queries.list_role_choices(partners)
        self.role.choices = [("", "Choose"), *choices]

    def choose(self) -> ChosenRole:
        """The role that is meant. Raises DomainError as ``find_chosen``."""
        standing = Standing(self.standing.data or Standing.SUBSTANTIVE.value)
        chosen = role_choosing_queries.find_chosen(
            self.role.data, self.school.data or "", standing, self.partners
        )
        if chosen.source == SCHOOL:
            people = school_people_queries.list_own_people(chosen.place_id)
            self.show_sencos(chosen.place_id, people)
        return replace(chosen, shares=bool(self.shares.data))


class InviteForm(Namesakes, RoleForm):
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
    names = ManyField("Which names do we take out of what others wrote?")
    sure = TickField(
        "I have checked that this is the right person. It can’t be undone.",
        validators=[Required("Tick the box if you are sure")],
    )


class PartnerForm(Form):
    name = TextField("Name of the partner service", required="Enter its name", longest=100)

    def validate_name(self, field: Any) -> None:
        if field.data and field.data.startswith(("=", "+", "-", "@")):
            raise ValidationError("A name begins with a letter or a digit")
