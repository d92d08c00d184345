"""Shape of a plan of moves: what is ticked now, and what is planned so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cop_site.errors import DomainError
from cop_site.schools.cluster_plan_queries import PlanFilter
from cop_site.schools.models import name_phase
from cop_site.schools.planning_models import Make, PlanSchool
from cop_site.web.forms import DayField, Form, ManyField, PickField, TextField
from cop_site.web.routing import read_id

NOWHERE = "none"


class PlanForm(Form):
    """``schools`` are ticked now. What was put into the plan before comes along, hidden."""

    starts_on = DayField(
        "From which date?",
        description="They leave the day before. Until it comes the plan can be taken back."
        " Schools in no cluster may join from a day that is past.",
    )
    schools = ManyField("Which schools?")
    to = PickField("Move the ticked schools to")
    within = PickField("Schools that are in")
    phase = PickField("Phase")
    search = TextField("Name, town or URN", longest=100)

    def offer_clusters(self, names: Mapping[int | None, str]) -> None:
        """``names`` of clusters by id; None is left out."""
        clusters = [(str(key), name) for key, name in names.items() if key is not None]
        self.to.choices = [("", "Choose"), *clusters, (NOWHERE, "No cluster: take them out")]
        self.within.choices = [("", "any cluster or none"), *clusters, (NOWHERE, "no cluster")]

    def offer_phases(self, makes: Iterable[Make]) -> None:
        """Those that there are."""
        found = sorted({phase for make in makes for phase in make.phases if phase})
        self.phase.choices = [("", "any"), *((phase, name_phase(phase)) for phase in found)]

    def offer_schools(self, schools: Iterable[PlanSchool]) -> None:
        self.schools.choices = [(str(one.school_id), one.name) for one in schools]

    @property
    def ticked(self) -> list[int]:
        """What is no id at all is left out here; that it is no school, the check says."""
        ids = (read_id(value) for value in self.schools.data or ())
        return [id_ for id_ in ids if id_ is not None]

    @property
    def filter(self) -> PlanFilter:
        """Which schools to list."""
        within = self.within.data or ""
        cluster_id = 0 if within == NOWHERE else read_id(within)
        return PlanFilter(cluster_id, (self.search.data or "")[:100], self.phase.data or "")

    @property
    def target_id(self) -> int | None:
        """Raises DomainError where none was chosen: only what is put into the plan needs one."""
        if not self.to.data:
            raise DomainError("Choose where they go", field="to")
        return None if self.to.data == NOWHERE else int(self.to.data)


class PlanDayForm(Form):
    """Another day for a plan that is saved."""

    starts_on = DayField("From which date?", required="Enter the date from which they move")


def read_planned(values: Iterable[str], cluster_ids: Iterable[int | None]) -> dict[int, int | None]:
    """Moves that were planned before, "school:cluster" each. What is no move is left out."""
    known = {NOWHERE if key is None else str(key): key for key in cluster_ids}
    planned: dict[int, int | None] = {}
    for value in values:
        school, _, target = value.partition(":")
        school_id = read_id(school)
        if school_id is not None and target in known:
            planned[school_id] = known[target]
    return planned
