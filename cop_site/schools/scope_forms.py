"""Shape of what the inclusion lead says about a scope."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField

from cop_site.schools.models import Scope, name_phase
from cop_site.schools.scope_queries import ResolvedSchool, RuleChoices, ScopeRule
from cop_site.web.forms import Form, ManyField, TextField


class ScopeForm(Form):
    """Two steps in one: a rule and a name, then the list they give, looked over."""

    name = TextField(
        "Name of the list",
        required="Enter a name for the list",
        longest=100,
        description="The name stands beside every figure. For example, “All schools”.",
    )
    phases = ManyField("Only these phases (optional)")
    types = ManyField("Only these types of school (optional)")
    clusters = ManyField("Only schools in these clusters (optional)")
    left_out = ManyField("Leave out")
    reason = TextField(
        "Why this list?",
        longest=500,
        description="Needed if you leave schools out or make a new version. "
        "Your words stand beside the list.",
    )
    seen = HiddenField()

    def offer(self, choices: RuleChoices) -> None:
        self.phases.choices = [(phase, name_phase(phase)) for phase in choices.phases]
        self.types.choices = [(name, name) for name in choices.types]
        self.clusters.choices = [(str(key), name) for key, name in choices.clusters]
        self.left_out.choices = []

    def offer_schools(self, resolved: list[ResolvedSchool]) -> None:
        self.left_out.choices = [(str(one.school.id), one.school.label) for one in resolved]

    def correct(self, scope: Scope) -> None:
        """A new version of a list: its name stays, and its schools are chosen as before."""
        is_opened = not self.name.raw_data
        self.name.data = scope.name
        if is_opened:
            self.phases.data = scope.rule.get("phases", [])
            self.types.data = scope.rule.get("types", [])
            self.clusters.data = [str(key) for key in scope.rule.get("clusters", [])]

    @property
    def rule(self) -> ScopeRule:
        return {
            "phases": _offered(self.phases),
            "types": _offered(self.types),
            "clusters": [int(value) for value in _offered(self.clusters)],
        }

    @property
    def left_out_ids(self) -> set[int]:
        return {int(value) for value in _offered(self.left_out)}


def _offered(field: Any) -> list[str]:
    """What was ticked and is on offer, each once, in the order of the offer."""
    ticked = set(field.data or ())
    return [value for value, *_ in field.choices if value in ticked]
