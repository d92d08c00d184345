"""Shape of a sheet that is typed up: a mark for each row, and those who wrote themselves in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField
from wtforms.validators import ValidationError

from cop_site.accounts.models import SchoolRoleKind
from cop_site.attendance import school_queries
from cop_site.attendance.forms import LONGEST_SEARCH, ROLES, TAP_ID
from cop_site.attendance.models import NOT_RECORDED, MarkKind
from cop_site.attendance.paper_models import Paper, PaperRow
from cop_site.attendance.services import Tap, WalkIn
from cop_site.attendance.sheet_models import SheetRow, new_tap_id
from cop_site.web.forms import Form, NameField, PickField, TextField, TickField
from cop_site.web.routing import read_id

LINES = 6
SIGNED = "Signed"
NOTHING = "Nothing is typed yet. Say who signed, or add somebody."
NO_SCHOOL = "No open school matches. Type part of its name, its town or its URN"
WHICH_SCHOOL = "Several schools match. Choose one"
# What a sheet of paper usually says, beside the mark of somebody who signed.
ON_PAPER = ("apologies", "did_not_attend")
Typed = MultiDict[str, str]


@dataclass(frozen=True)
class TypedRow:
    """One row of the sheet. ``was`` is the mark it was shown with, ``note`` what went wrong."""

    number: int
    row: SheetRow
    chosen: str
    was: str
    options: tuple[tuple[str, str], ...]
    note: str = ""

    @property
    def is_changed(self) -> bool:
        return self.chosen != self.was

    @property
    def chosen_label(self) -> str:
        return dict(self.options)[self.chosen]


class WalkInLine(Form):
    """Somebody on an empty line of the sheet. A line without a name or a school is nobody."""

    name = NameField("Name")
    school_words = TextField("School", longest=LONGEST_SEARCH)
    school_id = PickField("Which school")
    role = PickField("Role", required="Choose a role", choices=ROLES)
    sure = TickField("Add them: this is somebody else of the same name")

    def __init__(self, number: int, typed: Typed) -> None:
        super().__init__(typed, prefix=f"line{number}-", meta={"csrf": False})
        self.number = number
        self._find_school()

    def _find_school(self) -> None:
        words = str(self.school_words.data or "")[:LONGEST_SEARCH]
        found = school_queries.list_named(words) if words else []
        self._found = [(str(school.id), school.label) for school in found]
        self.school_id.choices = [("", "Choose a school"), *self._found]
        if len(found) == 1:
            self.school_id.data = str(found[0].id)

    @property
    def is_empty(self) -> bool:
        return not self.name.data and not self.school_words.data

    @property
    def asks_school(self) -> bool:
        return len(self._found) > 1

    @property
    def asks_sure(self) -> bool:
        return bool(self.sure.errors or self.sure.data)

    @property
    def school_label(self) -> str:
        return dict(self._found).get(self.school_id.data or "", "")

    def validate_name(self, field: Any) -> None:
        if not self.is_empty and not field.data:
            raise ValidationError("Enter the person’s name")

    def validate_school_words(self, field: Any) -> None:
        if not self.is_empty and not self._found:
            raise ValidationError(NO_SCHOOL if field.data else "Enter their school")

    def validate_school_id(self, field: Any) -> None:
        if self.asks_school and read_id(field.data) is None:
            raise ValidationError(WHICH_SCHOOL)

    def as_walk_in(self, tap_id: str) -> WalkIn:
        return WalkIn(
            tap_id=f"{tap_id}-in{self.number}",
            name=" ".join(str(self.name.data).split()),
            school_id=read_id(self.school_id.data) or 0,
            role=SchoolRoleKind(self.role.data),
            sure=bool(self.sure.data),
        )


class TypeUpForm(Form):
    """The sheet as it was typed. Each row sends ``mark-<person>`` and ``was-<person>``.

    Rows are read by hand: hundreds of fields would be slow to draw.
    """

    tap_id = HiddenField(validators=TAP_ID)

    def __init__(self, paper: Paper, kinds: Sequence[MarkKind], signed: str, typed: Typed) -> None:
        super().__init__(typed)
        self.tap_id.data = self.tap_id.data or new_tap_id()
        self._kinds = {kind.key: kind.name for kind in kinds}
        self._signed = signed
        self.groups = [
            (group.title, [self._read(line, typed) for line in group.lines])
            for group in paper.groups
        ]
        self.lines = [WalkInLine(number, typed) for number in range(1, LINES + 1)]

    def _read(self, line: PaperRow, typed: Typed) -> TypedRow:
        row = line.row
        was, chosen = (typed.get(f"{name}-{row.person_id}", "") for name in ("was", "mark"))
        if was not in self._kinds or chosen not in self._kinds or was == chosen:
            was = chosen = row.state.key
        return TypedRow(line.number, row, chosen, was, self._offer(was, chosen))

    def _offer(self, *needed: str) -> tuple[tuple[str, str], ...]:
        usual = {NOT_RECORDED: "Not marked", self._signed: SIGNED}
        usual |= {key: self._kinds[key] for key in (*ON_PAPER, *needed) if key not in usual}
        return tuple(usual.items())

    @property
    def goes_back(self) -> bool:
        return request.form.get("step") == "change"

    @property
    def wants_to_save(self) -> bool:
        return request.form.get("step") == "save"

    @property
    def changed(self) -> list[TypedRow]:
        return [one for _title, rows in self.groups for one in rows if one.is_changed]

    @property
    def written_in(self) -> list[WalkInLine]:
        return [line for line in self.lines if not line.is_empty]

    @property
    def _tap(self) -> str:
        """What the ids of this form's taps begin with: sent twice, they are the same."""
        return str(self.tap_id.data)[:40]

    @property
    def taps(self) -> list[Tap]:
        return [
            Tap(f"{self._tap}-{one.row.person_id}", one.row.person_id, one.chosen, one.was)
            for one in self.changed
        ]

    @property
    def walk_ins(self) -> list[WalkIn]:
        return [line.as_walk_in(self._tap) for line in self.written_in]

    def count_by_mark(self) -> dict[str, list[TypedRow]]:
        """What is to be saved, by the name of the mark."""
        found: dict[str, list[TypedRow]] = {}
        for one in self.changed:
            found.setdefault(one.chosen_label, []).append(one)
        return found

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = bool(super().validate(extra_validators))
        # Each is asked, so that all that is wrong is said at once.
        are_valid = [line.validate() for line in self.written_in]
        if not self.changed and not self.written_in:
            self.form_errors.append(NOTHING)
        return is_valid and all(are_valid) and not self.form_errors

    @property
    def error_items(self) -> list[dict[str, str]]:
        items = super().error_items
        for _title, rows in self.groups:
            for one in rows:
                if one.note:
                    said = f"{one.row.name}: {one.note}"
                    items.append({"text": said, "href": f"#row-{one.row.person_id}"})
        for line in self.lines:
            items += line.error_items
        return items

    def note(self, notes: dict[int, str]) -> None:
        """Say at these people's rows what went wrong."""
        self.groups = [(title, list(_noted(rows, notes))) for title, rows in self.groups]


def _noted(rows: Iterable[TypedRow], notes: dict[int, str]) -> Iterable[TypedRow]:
    for one in rows:
        note = notes.get(one.row.person_id, "")
        yield TypedRow(one.number, one.row, one.chosen, one.was, one.options, note)
