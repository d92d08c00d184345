"""Shape of what people type about whom an event is for and who leads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import Field

from cop_site.events.models import Involvement
from cop_site.events.tag_models import TagFacet
from cop_site.events.tag_queries import Choices
from cop_site.planning.audience_services import MOST_SPEAKERS, Plan
from cop_site.web.forms import ChoiceField, Form, ManyField, NameField, TextField
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.stamped import Stamped

# So many empty lines for speakers are shown after those that are filled.
SPARE = 2


class PlanForm(Stamped, PupilGuard, Form):
    """Speakers are ``name_1``, ``what_1`` and so on, added below.

    ``fixed``: who runs it, where the person may not change that.
    """

    page_order = (
        "facilitators",
        *(
            f"{part}_{number}"
            for number in range(1, MOST_SPEAKERS + 1)
            for part in ("name", "what")
        ),
        *(facet.value for facet in TagFacet),
        *("involvement", "involved"),
    )

    facilitators = ManyField("Who runs it", description="They may take the register")
    phase = ManyField("Phases")
    role = ManyField("Roles")
    new = ManyField("New in role")
    topic = ManyField("Topics")
    level = ManyField("Level")
    outcome = ManyField("Outcomes it works towards")
    priority = ManyField("Priorities it serves")
    involvement = ChoiceField("What part did others have in planning it?")
    involved = TextField(
        "Who were they?", longest=200, description="For example, “SENCOs of two clusters”"
    )

    def __init__(
        self, people: list[tuple[int, str]], choices: Choices, *, fixed: frozenset[int] | None
    ) -> None:
        super().__init__()
        self.facilitators.choices = [(str(id_), name) for id_, name in people]
        self.running = None
        if fixed is not None:
            self.facilitators.data = sorted(str(id_) for id_ in fixed)
            self.running = [name for id_, name in people if id_ in fixed]
        for facet in TagFacet:
            self[facet.value].choices = choices[facet]
        parts = [(part.value, part.label) for part in Involvement]
        self.involvement.choices = [("", "None, or not known"), *parts]

    @property
    def speaker_rows(self) -> list[tuple[Field, Field]]:
        """Each line of a speaker: the name, and what they are."""
        numbers = range(1, MOST_SPEAKERS + 1)
        return [(self[f"name_{number}"], self[f"what_{number}"]) for number in numbers]

    @property
    def shown_rows(self) -> list[tuple[Field, Field]]:
        """Up to the last that is filled, and some to spare."""
        rows = self.speaker_rows
        filled = [n for n, row in enumerate(rows, start=1) if any(one.data for one in row)]
        return rows[: max(filled, default=0) + SPARE]

    def list_free_text(self) -> Iterable[Field]:
        return [self.involved, *(what for _name, what in self.speaker_rows)]

    def validate(self, extra_validators: Any = None) -> bool:
        is_valid = super().validate(extra_validators)
        for name, what in self.speaker_rows:
            if what.data and not name.data:
                name.errors = [*name.errors, f"Enter the name of {name.label.text.lower()}"]
                is_valid = False
        if self.involvement.data and not self.involved.data:
            self.involved.errors = [*self.involved.errors, "Enter who had a part in planning it"]
            is_valid = False
        return is_valid

    @property
    def plan(self) -> Plan:
        """What was typed, as the service takes it. Only after the form is valid."""
        part = self.involvement.data
        return Plan(
            facilitators=frozenset(int(id_) for id_ in self.facilitators.data or ()),
            speakers=tuple(
                (name.data, what.data or "") for name, what in self.speaker_rows if name.data
            ),
            tags=frozenset(key for facet in TagFacet for key in self[facet.value].data or ()),
            involvement=Involvement(part) if part else None,
            involved=(self.involved.data or "") if part else "",
        )


for _number in range(1, MOST_SPEAKERS + 1):
    setattr(PlanForm, f"name_{_number}", NameField(f"Speaker {_number}"))
    _what = TextField(f"What speaker {_number} is", longest=120)
    setattr(PlanForm, f"what_{_number}", _what)
