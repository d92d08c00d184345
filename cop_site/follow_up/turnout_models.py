"""Who came to an event and who missed it: plain data. Has no table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

NO_CLUSTER = "No cluster"


class Outcome(StrEnum):
    """What is known of somebody and an event, from its closed registers alone.

    NOT_RECORDED had a place and a closed register says nothing of them: neither came nor missed.
    PENDING has a place, and a register that may name them is open.
    """

    CAME = "came"
    MISSED = "missed"
    NOT_RECORDED = "not_recorded"
    PENDING = "pending"
    WAITING = "waiting"

    @property
    def label(self) -> str:
        return {
            "came": "Came",
            "missed": "Missed it",
            "not_recorded": "Not recorded",
            "pending": "Register not closed",
            "waiting": "On the waiting list",
        }[self.value]


@dataclass(frozen=True)
class AtSchool:
    """A school that somebody's booking or mark named, with their role there then."""

    school_id: int
    name: str
    role: str
    cluster: str = NO_CLUSTER


@dataclass(frozen=True)
class Turnout:
    """One person and an event. ``detail`` says more: how they came, why not.

    ``had_place``: also of somebody who cancelled late; not of a walk-in.
    """

    person_id: int
    name: str
    email: str
    schools: tuple[AtSchool, ...]
    outcome: Outcome
    detail: str
    had_place: bool

    @property
    def order(self) -> tuple[str, str, int]:
        first = self.schools[0].name if self.schools else ""
        return (first.casefold(), self.name.casefold(), self.person_id)

    @property
    def clusters(self) -> set[str]:
        return {one.cluster for one in self.schools} or {NO_CLUSTER}


@dataclass(frozen=True)
class ClusterCount:
    """People, and schools with somebody who came, of one cluster on the event's day.

    ``places`` are people who had a place. Who is of schools in two clusters counts in both.
    """

    name: str
    places: int
    waiting: int
    came: int
    missed: int
    schools: int


def count_clusters(rows: Iterable[Turnout]) -> list[ClusterCount]:
    """By name, those in no cluster last."""
    of_cluster: dict[str, list[Turnout]] = {}
    for row in rows:
        for name in row.clusters:
            of_cluster.setdefault(name, []).append(row)
    names = sorted(of_cluster, key=lambda name: (name == NO_CLUSTER, name.casefold()))
    return [_count(name, of_cluster[name]) for name in names]


def _count(name: str, rows: list[Turnout]) -> ClusterCount:
    came = [row for row in rows if row.outcome is Outcome.CAME]
    return ClusterCount(
        name=name,
        places=sum(row.had_place for row in rows),
        waiting=sum(row.outcome is Outcome.WAITING for row in rows),
        came=len(came),
        missed=sum(row.outcome is Outcome.MISSED for row in rows),
        schools=len({one.school_id for row in came for one in row.schools if one.cluster == name}),
    )
