"""What a plan of moves does to each cluster: counted before and after. Knows no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cop_site.schools.models import name_phase


@dataclass(frozen=True)
class PlanSchool:
    """A school that may be planned, with the cluster it is in on the day; None for none."""

    school_id: int
    name: str
    town: str
    phase: str
    pupils: int | None
    cluster_id: int | None

    @property
    def phase_name(self) -> str:
        return name_phase(self.phase)


@dataclass
class Make:
    """What a cluster is made of. ``uncounted``: schools whose number of pupils nobody knows."""

    schools: int = 0
    pupils: int = 0
    uncounted: int = 0
    phases: Counter[str] = field(default_factory=Counter)

    def add(self, school: PlanSchool) -> None:
        self.schools += 1
        self.pupils += school.pupils or 0
        self.uncounted += school.pupils is None
        self.phases[school.phase_name] += 1


@dataclass(frozen=True)
class Effect:
    """A cluster before the moves and after. ``cluster_id`` None: in no cluster."""

    cluster_id: int | None
    before: Make
    after: Make


def work_out(
    schools: Iterable[PlanSchool],
    moves: Mapping[int, int | None],
    cluster_ids: Iterable[int | None],
) -> list[Effect]:
    """The effect of ``moves``, each a school's id with the cluster it joins, on each cluster."""
    effects = {key: Effect(key, Make(), Make()) for key in cluster_ids}
    for school in schools:
        effects[school.cluster_id].before.add(school)
        effects[moves.get(school.school_id, school.cluster_id)].after.add(school)
    return list(effects.values())
