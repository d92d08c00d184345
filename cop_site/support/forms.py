"""Shape of what people type about support: the entry itself."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from wtforms import Field, HiddenField
from wtforms.validators import ValidationError

from cop_site import clock
from cop_site.schools.models import School
from cop_site.support.entry_models import (
    LONGEST_MINUTES,
    ClusterWorker,
    EntryDetails,
    TypedAction,
)
from cop_site.support.people_queries import Taxonomy
from cop_site.web.forms import (
    DayField,
    Form,
    LongTextField,
    ManyField,
    PickField,
    TextField,
    TickField,
    WholeNumberField,
)
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.routing import read_id
from cop_site.web.typed import read_day

KEY = re.compile(r"[0-9A-Za-z_-]{16,64}\Z")
ROWS_TO_START, MOST_ROWS = 3, 12
LONGEST_AGREED, LONGEST_LINE, LONGEST_ACTION = 4_000, 1_000, 300
USUAL_TIME_TO_ACT = timedelta(days=14)
EACH_SCHOOL = "schools"


def new_key() -> str:
    """Names a form from when it opens: its draft, and then its one entry."""
    return secrets.token_urlsafe(24)


class DueField(TextField):
    """A date in one box: the browser's own picker, or typed like 27/11/2026."""

    def __init__(self, label: str, **kwargs: Any) -> None:
        super().__init__(label, longest=20, **kwargs)
        self.day: date | None = None

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        text = str(self.data or "")
        parts = [part for part in re.split(r"[^0-9]+", text) if part]
        if len(parts) == 3:
            year_first = len(parts[0]) == 4
            self.day = read_day(*(reversed(parts) if year_first else parts))
        elif text:
            raise ValueError("Enter a real date, like 27/11/2026")

    def _value(self) -> str:
        return self.day.isoformat() if self.day else str(self.data or "")

    def __call__(self, **kwargs: Any) -> Any:
        # A picker shows nothing of what is no date, so what was typed would be gone.
        kind = "date" if self.day or not self.data else "text"
        params = {"type": kind, "classes": "govuk-input--width-10", **kwargs.pop("params", {})}
        return super().__call__(params=params, **kwargs)


@dataclass(frozen=True)
class Choices:
    """What a form offers for a cluster on a day."""

    clusters: Mapping[int, str]
    schools: Sequence[School]
    workers: Sequence[ClusterWorker]
    taxonomy: Taxonomy


@dataclass(frozen=True)
class ActionRow:
    """The three fields of one action."""

    number: int
    what: TextField
    who: PickField
    due: DueField

    @property
    def is_typed(self) -> bool:
        return bool(self.what.data)


class WhereForm(Form):
    """The day and the cluster alone: the rest of the form is offered for these."""

    day = DayField("Date")
    cluster_id = HiddenField()

    @property
    def chosen_day(self) -> date | None:
        return self.day.data if isinstance(self.day.data, date) else None


class EntryForm(PupilGuard, Form):
    """Support given. Schools' own lines and the rows of actions are made for what is offered."""

    key = HiddenField()
    edits = HiddenField()
    rows = HiddenField()
    day = DayField("Date", required="Enter the date of the support")
    cluster_id = PickField("Cluster", required="Choose the cluster")
    whole_cluster = TickField("All schools of the cluster")
    school_ids = ManyField("Schools", coerce=str)
    person_ids = ManyField("Who was there", coerce=str)
    kind_key = PickField("Kind of support", required="Choose the kind of support")
    theme_key = PickField("Theme", required="Choose what it was about")
    contact_minutes = WholeNumberField(
        "Contact", required="Enter the minutes of contact, or 0", most=LONGEST_MINUTES
    )
    preparation_minutes = WholeNumberField("Preparation", most=LONGEST_MINUTES)
    travel_minutes = WholeNumberField("Travel", most=LONGEST_MINUTES)
    agreed = LongTextField(
        "What was agreed",
        required="Say what was agreed, or that nothing was",
        longest=LONGEST_AGREED,
    )

    def __init__(self, choices: Choices, formdata: Any, **kwargs: Any) -> None:
        super().__init__(formdata, **kwargs)
        # For which cluster and day the schools are those on show.
        self.shown = ""
        self.choices = choices
        self._typed = formdata
        self._given: Mapping[str, Any] = kwargs.get("data") or {}
        names = {str(school.id): school.name for school in choices.schools}
        self.cluster_id.choices = [("", "Choose one"), *_pairs(choices.clusters.items())]
        self.school_ids.choices = list(names.items())
        self.person_ids.choices = [(str(who.person_id), who.name) for who in choices.workers]
        self.kind_key.choices = choices.taxonomy.kinds
        self.theme_key.choices = [("", "Choose one"), *choices.taxonomy.themes]
        self.lines: dict[str, Field] = {
            id_: self._add_line(id_, name) for id_, name in names.items()
        }
        self.action_rows = [self._add_row(number) for number in range(1, self.row_count + 1)]

    @property
    def row_count(self) -> int:
        given = str(self.rows.data or "")
        asked = int(given[:4]) if given.isascii() and given.isdigit() else ROWS_TO_START
        return min(max(asked, ROWS_TO_START), MOST_ROWS)

    @property
    def seen_edits(self) -> int:
        given = str(self.edits.data or "")
        return int(given[:9]) if given.isascii() and given.isdigit() else 0

    def _add(self, name: str, unbound: Any, given: Any = None) -> Any:
        field = unbound.bind(form=self, name=name, prefix="", _meta=self.meta)
        self._fields[name] = field
        field.process(self._typed, self._given.get(name, given))
        return field

    def _add_line(self, id_: str, name: str) -> Field:
        unbound = LongTextField(f"Only {name} reads this", longest=LONGEST_LINE)
        field: Field = self._add(f"line_{id_}", unbound)
        return field

    def _add_row(self, number: int) -> ActionRow:
        who = PickField(f"Who does action {number}", choices=self._doers())
        due = (clock.today() + USUAL_TIME_TO_ACT).isoformat()
        return ActionRow(
            number,
            self._add(
                f"action_{number}_what",
                TextField(f"Action {number}", longest=LONGEST_ACTION),
            ),
            self._add(f"action_{number}_who", who, EACH_SCHOOL),
            self._add(f"action_{number}_due", DueField("By when"), due),
        )

    def _doers(self) -> list[tuple[str, str]]:
        people = [(f"person:{who.person_id}", who.name) for who in self.choices.workers]
        schools = [(f"school:{one.id}", one.name) for one in self.choices.schools]
        return [(EACH_SCHOOL, "Each school named"), *people, *schools]

    def list_free_text(self) -> Iterable[Field]:
        return [self.agreed, *self.lines.values(), *(row.what for row in self.action_rows)]

    # Rules that hold within the form

    def validate_key(self, field: Any) -> None:
        if not self.edits.data and not KEY.fullmatch(str(field.data or "")):
            raise ValidationError("This form came incomplete. Open it again")

    def validate_school_ids(self, field: Any) -> None:
        if not self.chosen_schools:
            raise ValidationError("Choose at least one school")

    def validate_person_ids(self, field: Any) -> None:
        if self.choices.workers and not field.data:
            raise ValidationError("Choose who was there")

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        chosen = {str(id_) for id_ in self.chosen_schools}
        for id_, line in self.lines.items():
            if line.data and id_ not in chosen:
                line.errors = [*line.errors, "Tick this school, or empty its own line"]
                is_valid = False
        return all([self._check_row(row, chosen) for row in self.action_rows]) and is_valid

    def _check_row(self, row: ActionRow, chosen: set[str]) -> bool:
        if not row.is_typed:
            row.due.errors = []
            return not row.what.errors
        doer = str(row.who.data or "").removeprefix("school:")
        if not row.due.day:
            row.due.errors = row.due.errors or ["Enter by when"]
        elif self.day.data and row.due.day < self.day.data:
            row.due.errors = ["Enter a day that is not before the support"]
        if doer != row.who.data and doer not in chosen:
            row.who.errors = ["Tick this school above, or choose somebody else"]
        return not (row.due.errors or row.who.errors)

    @property
    def chosen_schools(self) -> tuple[int, ...]:
        if self.whole_cluster.data:
            return tuple(school.id for school in self.choices.schools)
        known = {str(school.id): school.id for school in self.choices.schools}
        return tuple(
            known[id_] for id_ in dict.fromkeys(self.school_ids.data or ()) if id_ in known
        )

    @property
    def details(self) -> EntryDetails:
        """What was typed, as the service takes it. Only after the form is valid."""
        chosen = self.chosen_schools
        return EntryDetails(
            cluster_id=read_id(self.cluster_id.data) or 0,
            day=self.day.data,
            kind_key=str(self.kind_key.data),
            theme_key=str(self.theme_key.data),
            whole_cluster=bool(self.whole_cluster.data),
            school_ids=chosen,
            person_ids=tuple(int(id_) for id_ in dict.fromkeys(self.person_ids.data or ())),
            contact_minutes=self.contact_minutes.data or 0,
            preparation_minutes=self.preparation_minutes.data or 0,
            travel_minutes=self.travel_minutes.data or 0,
            agreed=str(self.agreed.data).strip(),
            lines={id_: self._line(id_) for id_ in chosen if self._line(id_)},
            actions=tuple(_read(row) for row in self.action_rows if row.is_typed),
        )

    def _line(self, id_: int) -> str:
        return str(self.lines[str(id_)].data or "").strip()


def _pairs(items: Iterable[tuple[int, str]]) -> list[tuple[str, str]]:
    return [(str(id_), name) for id_, name in items]


def _read(row: ActionRow) -> TypedAction:
    kind, _, id_ = str(row.who.data).partition(":")
    return TypedAction(
        what=str(row.what.data),
        due_on=row.due.day or clock.today(),
        school_id=int(id_) if kind == "school" else None,
        person_id=int(id_) if kind == "person" else None,
        each_school=kind == EACH_SCHOOL,
    )
