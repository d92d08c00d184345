"""Shape of what people send while they take a register."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from wtforms import HiddenField
from wtforms.validators import InputRequired, Length, Regexp, ValidationError

from cop_site.accounts.models import SchoolRoleKind
from cop_site.attendance.merge_queries import Candidate
from cop_site.attendance.services import Tap, UsedTapError, WalkIn
from cop_site.attendance.sheet_models import new_tap_id
from cop_site.errors import DomainError
from cop_site.schools.models import School
from cop_site.web.forms import (
    ChoiceField,
    Form,
    LongTextField,
    NameField,
    PickField,
    TextField,
    TickField,
)
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.routing import read_id

TAP_ID = [InputRequired(), Regexp(re.compile(r"[0-9A-Za-z-]{8,64}\Z"))]
_KEY = [Length(max=40)]
LONGEST_SEARCH = 100
FIND = "Type part of the school’s name, then choose it from the list"
ON_REGISTER = ", on this register and not marked"
CHOOSE = "Choose their school"
# None is chosen beforehand: everybody would go in as that.
ROLES = [("", "Choose a role"), *((role.value, role.label) for role in SchoolRoleKind)]


class TapForm(Form):
    """One tap on a row. Made by the page, so a wrong field has no sentence of its own.

    The big button sends ``kind``, the smaller ones ``other``: their menu shuts with the swap, so
    the page must put the focus back itself.
    """

    tap_id = HiddenField(validators=TAP_ID)
    person_id = HiddenField(validators=[InputRequired()])
    kind = HiddenField(validators=_KEY)
    other = HiddenField(validators=_KEY)
    replaces = HiddenField(validators=_KEY)

    def validate_person_id(self, field: Any) -> None:
        if read_id(field.data) is None:
            raise ValidationError("Not a person")

    @property
    def tap(self) -> Tap:
        return Tap(
            tap_id=str(self.tap_id.data),
            person_id=read_id(self.person_id.data) or 0,
            kind_key=str(self.other.data or self.kind.data or ""),
            replaces=str(self.replaces.data or ""),
        )

    @property
    def is_from_menu(self) -> bool:
        return bool(self.other.data)


class WalkInForm(Form):
    """Somebody who turned up. ``find`` is the button that only looks for schools."""

    name = NameField("Name", required="Enter the person’s name")
    school_words = TextField(
        "School", longest=LONGEST_SEARCH, description="Type part of its name, its town or its URN"
    )
    school_id = ChoiceField("Choose the school")
    role = PickField(
        "Role",
        required="Choose a role",
        choices=ROLES,
    )
    sure = TickField("Add them: this is somebody else of the same name")
    tap_id = HiddenField(validators=TAP_ID)

    def __init__(self, formdata: Any = None) -> None:
        super().__init__(formdata)
        self.tap_id.data = self.tap_id.data or new_tap_id()

    def refuse(self, error: DomainError) -> None:
        super().refuse(error)
        if isinstance(error, UsedTapError):
            self.tap_id.data = new_tap_id()

    @property
    def words(self) -> str:
        """What to look for among the schools."""
        return str(self.school_words.data or "")[:LONGEST_SEARCH]

    @property
    def asks_sure(self) -> bool:
        """True once a namesake has been found."""
        return bool(self.sure.errors or self.sure.data)

    def offer(self, schools: list[School]) -> None:
        """The schools to choose from; the only one found is chosen."""
        self.school_id.choices = [(str(school.id), school.label) for school in schools]
        if len(schools) == 1 and self.school_words.data and not self.school_id.data:
            self.school_id.data = str(schools[0].id)

    def validate_school_words(self, field: Any) -> None:
        if read_id(self.school_id.data) is None and not self.school_id.choices:
            raise ValidationError(FIND)

    def validate_school_id(self, field: Any) -> None:
        if self.school_id.choices and read_id(field.data) is None:
            raise ValidationError(CHOOSE)

    @property
    def walk_in(self) -> WalkIn:
        return WalkIn(
            tap_id=str(self.tap_id.data),
            name=" ".join(str(self.name.data).split()),
            school_id=read_id(self.school_id.data) or 0,
            role=SchoolRoleKind(self.role.data),
            sure=bool(self.sure.data),
        )


class SamePersonForm(Form):
    """Which of the school's people somebody at the door was.

    ``listed``: who can't be chosen, as they have a row of their own that can't take the mark.
    """

    into = ChoiceField("Who they are", required="Choose who they are")

    def __init__(self, people: Sequence[Candidate], *, can_mark: bool) -> None:
        super().__init__()
        self.listed = [one for one in people if one.is_listed and (one.is_marked or not can_mark)]
        self.into.choices = [
            (str(one.person_id), f"{one.name}, {one.role}{ON_REGISTER if one.is_listed else ''}")
            for one in people
            if one not in self.listed
        ]

    @property
    def chosen(self) -> int:
        return read_id(self.into.data) or 0


class CloseForm(Form):
    mark_rest = TickField("Mark everyone still unmarked as “did not attend”")


class ReopenForm(PupilGuard, Form):
    free_text = ("reason",)

    reason = LongTextField(
        "Why do you need to open it again?",
        required="Say why the register needs to be opened again",
        longest=500,
        description="Like “Two people signed in on paper”. Never write about a pupil.",
    )
