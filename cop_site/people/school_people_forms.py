"""Shape of what a school says about its own people."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from wtforms import HiddenField

from cop_site import clock
from cop_site.accounts.invitation_services import Newcomer
from cop_site.accounts.models import SchoolRoleKind, Standing
from cop_site.people.forms import STANDINGS, Namesakes, SecondSenco
from cop_site.people.handover_services import Handover
from cop_site.people.school_people_queries import HeldRole
from cop_site.people.school_people_services import Part
from cop_site.web.forms import (
    DAY_HINT,
    ChoiceField,
    DayField,
    EmailField,
    Form,
    NameField,
    TickField,
)

NEWCOMER = "new"
ROLES = [(role.value, role.label) for role in SchoolRoleKind]


class PartForm(SecondSenco, Form):
    """What somebody is to be at the school."""

    role = ChoiceField("Role", required="Choose a role", choices=ROLES)
    standing = ChoiceField(
        "If they are the SENCO: in post, acting or interim?",
        choices=STANDINGS,
        default=Standing.SUBSTANTIVE.value,
    )
    starts_on = DayField(
        "First day", required="Enter their first day", description=DAY_HINT, default=clock.today
    )

    @property
    def part(self) -> Part:
        standing = Standing(self.standing.data or Standing.SUBSTANTIVE)
        role = SchoolRoleKind(self.role.data)
        return Part(role, self.starts_on.data, standing, shares=bool(self.shares.data))


class AddForm(Namesakes, PartForm):
    """Somebody comes to the school."""

    name = NameField("Name", required="Enter their name")
    email = EmailField("Work email address", required="Enter their email address")


class HandoverForm(Form):
    """Who is the next SENCO, and from which day."""

    who = ChoiceField("Who is the next SENCO?", required="Choose who is next")
    name = NameField("Name of somebody new")
    email = EmailField("Work email address of somebody new")
    first_day = DayField(
        "Their first day",
        required="Enter their first day",
        description=f"The role they take over ends the day before. {DAY_HINT}",
    )
    standing = ChoiceField(
        "Are they in post, acting or interim?",
        choices=STANDINGS,
        default=Standing.SUBSTANTIVE.value,
    )
    moves_bookings = TickField("Move upcoming bookings to them")
    seen = HiddenField()

    def offer(self, people: Collection[HeldRole], without: Collection[int]) -> None:
        """The school's people but those ``without``, each once, and somebody new."""
        named = {one.person_id: one for one in people if one.person_id not in without}
        listed = sorted(named.values(), key=lambda one: one.name.casefold())
        self.who.choices = [
            *((str(one.person_id), f"{one.name}, {one.role_name}") for one in listed),
            (NEWCOMER, "Somebody new"),
        ]

    def validate(self, extra_validators: object = None) -> bool:
        """Somebody new needs a name and an address."""
        is_valid = super().validate(extra_validators)
        if self.who.data != NEWCOMER:
            return bool(is_valid)
        for field, sentence in (
            (self.name, "Enter the name of the next SENCO"),
            (self.email, "Enter the email address of the next SENCO"),
        ):
            if not field.data and not field.errors:
                field.errors = [sentence]
                is_valid = False
        return bool(is_valid)

    @property
    def handover(self) -> Handover:
        is_new = self.who.data == NEWCOMER
        newcomer = Newcomer(str(self.name.data), str(self.email.data))
        return Handover(
            successor=newcomer if is_new else int(self.who.data),
            first_day=self.first_day.data,
            standing=Standing(self.standing.data or Standing.SUBSTANTIVE),
            moves_bookings=bool(self.moves_bookings.data),
            seen_ends_on=_read_day(self.seen.data or ""),
        )


def _read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
