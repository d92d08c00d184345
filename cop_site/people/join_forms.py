"""Shape of asking to join, and of the school's answer."""

from __future__ import annotations

from wtforms import HiddenField

from cop_site.accounts.models import SchoolRoleKind
from cop_site.people.join_services import Asking
from cop_site.people.school_people_forms import ROLES, PartForm
from cop_site.schools.models import School
from cop_site.web.forms import ChoiceField, EmailField, Form, LongTextField, NameField
from cop_site.web.pupil_guard import PupilGuard


class FindForm(Form):
    """Which school? Read from the address: looking changes nothing."""

    class Meta:
        csrf = False

    search = HiddenField()
    school = ChoiceField("Choose your school", required="Choose your school")

    def offer(self, schools: list[School]) -> None:
        self.school.choices = [(str(one.id), f"{one.name}, {one.town}") for one in schools]


class AskForm(Form):
    name = NameField("Your name", required="Enter your name", render_kw={"autocomplete": "name"})
    email = EmailField(
        "Your work email address",
        required="Enter your work email address",
        description="The one your school gave you. We send a link to it.",
        render_kw={"autocomplete": "email"},
    )
    role = ChoiceField("Your role at the school", required="Choose your role", choices=ROLES)

    @property
    def asking(self) -> Asking:
        role = SchoolRoleKind(self.role.data)
        return Asking(str(self.name.data), str(self.email.data), role)


class ApproveForm(PartForm):
    """They are let in with the role that the school says, not with what they asked for.

    What only concerns a SENCO is asked once that is the role: the form comes back with it.
    """

    @property
    def is_senco(self) -> bool:
        return bool(self.role.data == SchoolRoleKind.SENCO)

    def validate(self, extra_validators: object = None) -> bool:
        is_valid = super().validate(extra_validators)
        if self.is_senco and not self.standing.raw_data:
            self.standing.errors = ["Say whether they are in post, acting or interim"]
            is_valid = False
        return bool(is_valid)


class DeclineForm(PupilGuard, Form):
    free_text = ("reason",)

    reason = LongTextField(
        "Why not? (optional)",
        description="They read this in an email. Never write about a pupil.",
        longest=500,
    )
