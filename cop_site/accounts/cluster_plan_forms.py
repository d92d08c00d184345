"""Shape of a plan of moves: what is ticked now, and what is planned so far."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cop_site.schools.cluster_models import Cluster
from cop_site.schools.planning_models import PlanSchool
from cop_site.web.forms import DayField, Form, ManyField, PickField
from cop_site.web.routing import read_id

NOWHERE = "none"


class PlanForm(Form):
    """``schools`` are ticked now. What was put into the plan before comes along, hidden."""

    starts_on = DayField(
        "From which date?", description="They leave the day before. For example, 1 9 2027"
    )
    schools = ManyField("Which schools?")
    to = PickField("Move the ticked schools to")

    def offer(self, schools: Iterable[PlanSchool], clusters: Sequence[Cluster]) -> None:
        self.schools.choices = [(str(one.school_id), one.name) for one in schools]
        self.to.choices = [
            ("", "Choose"),
            *((str(cluster.id), cluster.name) for cluster in clusters),
            (NOWHERE, "No cluster: take them out"),
        ]

    @property
    def target_id(self) -> int | None:
        return None if self.to.data == NOWHERE else int(self.to.data)


def read_planned(
    values: Iterable[str], schools: Mapping[int, PlanSchool], cluster_ids: Iterable[int]
) -> dict[int, int | None]:
    """Moves that were planned before, "school:cluster" each. What is no move is left out."""
    known = {str(key): key for key in cluster_ids}
    planned: dict[int, int | None] = {}
    for value in values:
        school, _, target = value.partition(":")
        school_id = read_id(school)
        is_move = target in known or target == NOWHERE
        if school_id is not None and school_id in schools and is_move:
            planned[school_id] = known.get(target)
    return leave_out_standing(planned, schools)


def leave_out_standing(
    planned: Mapping[int, int | None], schools: Mapping[int, PlanSchool]
) -> dict[int, int | None]:
    """A school that would stay where it is does not move."""
    return {key: to for key, to in planned.items() if schools[key].cluster_id != to}
