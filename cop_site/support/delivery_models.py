"""S1, delivery against plan: planned minutes from school weeks, and how the figure reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol


class PlanDays(Protocol):
    """Minutes a school week from a day to a day inclusive, or for good."""

    @property
    def starts_on(self) -> date: ...
    @property
    def ends_on(self) -> date | None: ...
    @property
    def minutes_a_week(self) -> int: ...


def is_in_force(plan: PlanDays, day: date) -> bool:
    return plan.starts_on <= day and (plan.ends_on is None or plan.ends_on >= day)


@dataclass(frozen=True)
class Delivered:
    """Minutes logged for a cluster in a period; each entry counts once, however many schools."""

    entries: int = 0
    contact: int = 0
    preparation: int = 0
    travel: int = 0

    @property
    def minutes(self) -> int:
        return self.contact + self.preparation + self.travel


@dataclass(frozen=True)
class Planned:
    """Minutes planned to date. ``weeks`` are the school weeks begun, ``planned_weeks`` those in
    which a plan was in force on the first school day."""

    minutes: int
    weeks: int
    planned_weeks: int

    @property
    def is_planned(self) -> bool:
        """False where no plan was in force in any week: "unplanned", which is not 100%."""
        return self.planned_weeks > 0


def sum_planned(plans: Sequence[PlanDays], weeks: Iterable[date]) -> Planned:
    """What is planned for these school weeks, each given by its first school day."""
    firsts = list(weeks)
    in_force = [plan for day in firsts for plan in plans if is_in_force(plan, day)]
    minutes = sum(plan.minutes_a_week for plan in in_force)
    return Planned(minutes, len(firsts), len(in_force))


@dataclass(frozen=True)
class Delivery:
    """S1 of a cluster in a term, as at a day."""

    delivered: Delivered
    planned: Planned

    @property
    def percent(self) -> int | None:
        """Nearest whole percent, half up; may pass 100. None where nothing was planned."""
        if not self.planned.minutes:
            return None
        return (200 * self.delivered.minutes + self.planned.minutes) // (2 * self.planned.minutes)

    @property
    def headline(self) -> str:
        """Like "96%", "Unplanned" or "No time planned"."""
        if not self.planned.weeks:
            return "No school week yet"
        if not self.planned.is_planned:
            return "Unplanned"
        return "No time planned" if self.percent is None else f"{self.percent}%"


def say_minutes(minutes: int) -> str:
    """Like "2 hours 15 minutes", "1 hour" or "20 minutes"."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours:,} hour{'' if hours == 1 else 's'}"] if hours else []
    if rest or not hours:
        parts.append(f"{rest} minute{'' if rest == 1 else 's'}")
    return " ".join(parts)
