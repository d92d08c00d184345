"""Which schools are one in a period. No database.

* *When a school changed:* the link's own date, else the day the successor opened, else the day
  after the predecessor closed. A link without any of these spans no period.
* *One school:* a link whose change falls on or between the first and last day of the period makes
  the two one school in it, and chains follow. A school on a list counts when it came itself,
  or a school it became came. Two predecessors of one school stay two.
* *A successor that is new in the period* (or whose opening day is not known) also counts when a
  school it came from came; beside its own predecessor on the list it is not counted again. One
  that was open before and took another in stays a school of its own.
* *Closed:* a school whose last day lies in the period, before the period's own last day (or the
  as-at date where that is earlier), and that became no other school.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from cop_site import clock
from cop_site.reports.fact_models import Link, ListedSchool
from cop_site.schools.term_models import Period


@dataclass(frozen=True)
class SameSchools:
    """Which schools are one in a period, by the changes that fall in it."""

    later: Mapping[int, frozenset[int]]
    earlier: Mapping[int, frozenset[int]]

    def successors(self, school_id: int) -> frozenset[int]:
        return _reach(school_id, self.later)

    def predecessors(self, school_id: int) -> frozenset[int]:
        return _reach(school_id, self.earlier)

    def one_school(self, school_id: int) -> frozenset[int]:
        return self.successors(school_id) | self.predecessors(school_id) | {school_id}


def find_same_schools(links: Iterable[Link], period: Period) -> SameSchools:
    later: dict[int, set[int]] = defaultdict(set)
    earlier: dict[int, set[int]] = defaultdict(set)
    for link in links:
        if link.changed_on and period.holds(link.changed_on):
            later[link.school_id].add(link.successor_id)
            if link.opened_on is None or link.opened_on >= period.starts_on:
                earlier[link.successor_id].add(link.school_id)
    return SameSchools(
        {school_id: frozenset(others) for school_id, others in later.items()},
        {school_id: frozenset(others) for school_id, others in earlier.items()},
    )


def _reach(start: int, steps: Mapping[int, frozenset[int]]) -> frozenset[int]:
    """Every school that steps lead to from ``start``, itself left out; safe against circles."""
    if start not in steps:
        # Nearly every school, asked about several times for every figure.
        return frozenset()
    found: set[int] = set()
    ahead = [start]
    while ahead:
        new = steps.get(ahead.pop(), frozenset()) - found - {start}
        found |= new
        ahead.extend(new)
    return frozenset(found)


def why_left_out(
    school: ListedSchool,
    came: bool,
    same: SameSchools,
    listed_ids: Collection[int],
    days: tuple[date, date],
) -> str:
    """Why a listed school leaves the denominator, "" where it stays."""
    successors = same.successors(school.school_id)
    if not (same.predecessors(school.school_id) - successors).isdisjoint(listed_ids):
        return "is the same school as one on the list that became it"
    first, last = days
    closed = school.closed_on
    if closed and first <= closed < last and not came and not successors:
        return f"closed on {clock.say_day(closed)} and had not come"
    return ""
