"""Shape of what the inclusion lead says about clusters."""

from __future__ import annotations

from cop_site.accounts.cluster_plan_forms import NOWHERE
from cop_site.accounts.models import AssignmentKind
from cop_site.schools.cluster_models import Cluster, ClusterKind
from cop_site.schools.models import School
from cop_site.web.forms import (
    ChoiceField,
    DayField,
    Form,
    LongTextField,
    ManyField,
    PickField,
    TextField,
)
from cop_site.web.pupil_guard import PupilGuard
from cop_site.web.stamped import Stamped

DAY_HINT = "For example, 27 11 2026"


class _Words(PupilGuard, Form):
    free_text = ("about",)

    name = TextField("Name", required="Enter a name for the cluster", longest=100)
    about = LongTextField(
        "About the cluster (optional)",
        description="What the schools share, or what they work on. Never write about a pupil.",
        longest=2000,
    )

    @property
    def values(self) -> dict[str, str]:
        return {"name": str(self.name.data), "about": self.about.data or ""}


class EditForm(Stamped, _Words):
    """The words of a cluster that there is."""


class ClusterForm(_Words):
    kind = ChoiceField("Kind", required="Choose what kind of cluster it is")

    def offer(self, kinds: list[ClusterKind]) -> None:
        self.kind.choices = [(kind.key, kind.name) for kind in kinds]


class MoveForm(Form):
    """Schools leave one cluster for another, or for none."""

    schools = ManyField("Which schools?", required="Choose at least one school")
    to = PickField("Where do they go?", required="Choose where they go")
    starts_on = DayField(
        "From which date?",
        required="Enter the date",
        description=f"They leave the day before. {DAY_HINT}",
    )

    def offer(self, schools: list[School], clusters: list[Cluster]) -> None:
        self.schools.choices = _schools(schools)
        self.to.choices = [
            ("", "Choose"),
            *((str(cluster.id), f"To {cluster.name}") for cluster in clusters),
            (NOWHERE, "To no cluster: take them out"),
        ]

    @property
    def target_id(self) -> int | None:
        return None if self.to.data == NOWHERE else int(self.to.data)


class AddForm(Form):
    """Schools join a cluster."""

    schools = ManyField("Which schools?", required="Choose at least one school")
    starts_on = DayField(
        "From which date?", required="Enter the date", description=f"Their first day. {DAY_HINT}"
    )

    def offer(self, schools: list[School]) -> None:
        self.schools.choices = _schools(schools)


class AssignForm(Form):
    person = PickField("Who?", required="Choose a person")
    kind = ChoiceField("What are they to the cluster?", required="Choose what they are")
    starts_on = DayField(
        "From which date?", required="Enter the date", description=f"Their first day. {DAY_HINT}"
    )

    def offer(self, people: list[tuple[int, str]], kinds: list[AssignmentKind]) -> None:
        self.person.choices = [("", "Choose"), *((str(key), label) for key, label in people)]
        self.kind.choices = [(kind.key, kind.name) for kind in kinds]


class CoverForm(Form):
    """Somebody stands in for an EP or AsEP, for a time."""

    person = PickField("Who covers?", required="Choose who covers")
    starts_on = DayField("First day", required="Enter the first day", description=DAY_HINT)
    ends_on = DayField("Last day", required="Enter the last day")

    def offer(self, people: list[tuple[int, str]]) -> None:
        self.person.choices = [("", "Choose"), *((str(key), label) for key, label in people)]


class EndForm(Form):
    last_day = DayField("Last day", required="Enter the last day", description=DAY_HINT)


def _schools(schools: list[School]) -> list[tuple[str, str]]:
    return [(str(school.id), school.label) for school in schools]


def chosen_ids(form: MoveForm | AddForm) -> list[int]:
    """The schools that were ticked."""
    return [int(value) for value in form.schools.data or ()]
