"""Each school of a list with what it did in a period: counted, or left out with a reason.

The arithmetic that M1, M5 and T5 share. No database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from cop_site.reports.fact_models import Link, ListedSchool, Trace
from cop_site.reports.numbers import Rate
from cop_site.reports.same_schools import find_same_schools, why_left_out
from cop_site.schools.term_models import Period

Done = TypeVar("Done", bound=Trace)
Find = Callable[[ListedSchool, frozenset[int]], Iterable[Done]]


@dataclass(frozen=True)
class SchoolResult(Generic[Done]):
    """A school of the denominator, with what brings it into the numerator."""

    school: ListedSchool
    visits: tuple[Done, ...]

    @property
    def is_engaged(self) -> bool:
        return bool(self.visits)

    @property
    def counted_through(self) -> tuple[str, ...]:
        """Names of the schools that came in its place, after or before a change."""
        came = {visit.school_name for visit in self.visits if visit.school_id != self._id}
        return () if any(v.school_id == self._id for v in self.visits) else tuple(sorted(came))

    @property
    def _id(self) -> int:
        return self.school.school_id


@dataclass(frozen=True)
class LeftOut:
    """A listed school that leaves the denominator, and why in a sentence."""

    school: ListedSchool
    why: str


@dataclass(frozen=True)
class SchoolsCounted(Generic[Done]):
    """A list of schools gone through: those counted, those left out, and whom they stand for."""

    schools: tuple[SchoolResult[Done], ...]
    left_out: tuple[LeftOut, ...]
    known: frozenset[int]

    @property
    def engaged(self) -> tuple[SchoolResult[Done], ...]:
        return tuple(one for one in self.schools if one.is_engaged)

    @property
    def not_yet(self) -> tuple[SchoolResult[Done], ...]:
        return tuple(one for one in self.schools if not one.is_engaged)

    @property
    def rate(self) -> Rate:
        return Rate(len(self.engaged), len(self.schools))


def count_schools(
    listed: Sequence[ListedSchool],
    links: Iterable[Link],
    period: Period,
    as_at: date,
    find: Find[Done],
) -> SchoolsCounted[Done]:
    """Go through a list by name. ``find`` gives what a school and those it stands for did."""
    same = find_same_schools(links, period)
    last_day = min(period.ends_on or as_at, as_at)
    listed_ids = {school.school_id for school in listed}
    results: list[SchoolResult[Done]] = []
    left_out: list[LeftOut] = []
    known: set[int] = set()
    for school in sorted(listed, key=lambda one: (one.name.casefold(), one.school_id)):
        stands_for = same.one_school(school.school_id)
        known |= stands_for
        came = tuple(sorted(find(school, stands_for), key=lambda one: one.order))
        why = why_left_out(school, bool(came), same, listed_ids, (period.starts_on, last_day))
        if why:
            left_out.append(LeftOut(school, why))
        else:
            results.append(SchoolResult(school, came))
    return SchoolsCounted(tuple(results), tuple(left_out), frozenset(known))
