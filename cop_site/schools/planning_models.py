"""What a plan of moves does to each cluster: counted before and after. Knows no database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from cop_site.schools.models import name_phase


@dataclass(frozen=True)
class PlanSchool:
    """A school that may be planned, with the cluster it is in on the day; None for none.

    What is decided already: it joins ``joins_id`` on ``joins_on``, and is where it is today
    until ``stays_until``; None where nothing is.
    """

    school_id: int
    name: str
    town: str
    phase: str
    pupils: int | None
    cluster_id: int | None
    joins_id: int | None = None
    joins_on: date | None = None
    stays_until: date | None = None

    @property
    def label(self) -> str:
        return ", ".join(part for part in (self.name, self.town) if part)

    @property
    def phase_name(self) -> str:
        return name_phase(self.phase)


@dataclass
class Make:
    """What a cluster is made of. ``uncounted``: schools whose number of pupils nobody knows.

    ``phases``: how many schools there are of each, as the register has it.
    """

    schools: int = 0
    pupils: int = 0
    uncounted: int = 0
    phases: Counter[str] = field(default_factory=Counter)

    def add(self, school: PlanSchool, times: int = 1) -> None:
        """``times`` -1 takes it out again."""
        self.schools += times
        self.pupils += times * (school.pupils or 0)
        self.uncounted += times * (school.pupils is None)
        self.phases[school.phase] += times

    @property
    def named_phases(self) -> list[tuple[str, int]]:
        return sorted((name_phase(phase), count) for phase, count in self.phases.items())


@dataclass(frozen=True)
class Effect:
    """A cluster before the moves and after. ``cluster_id`` None: in no cluster."""

    cluster_id: int | None
    before: Make
    after: Make


def work_out(
    makes: Mapping[int | None, Make],
    schools: Mapping[int, PlanSchool],
    moves: Mapping[int, int | None],
) -> list[Effect]:
    """The effect of ``moves``, each a school's id with the cluster it joins, on each cluster.

    ``makes`` is what each is made of now; ``schools`` holds at least those that move.
    """
    after = {key: replace(make, phases=Counter(make.phases)) for key, make in makes.items()}
    for school_id, target in moves.items():
        school = schools[school_id]
        after[school.cluster_id].add(school, -1)
        after[target].add(school)
    return [Effect(key, make, _tidy(after[key])) for key, make in makes.items()]


def _tidy(make: Make) -> Make:
    """Without the phases that nobody is left of."""
    return replace(make, phases=+make.phases)
