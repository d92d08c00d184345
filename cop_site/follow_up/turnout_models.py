"""Who came to an event and who missed it: plain data. Has no table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

NO_CLUSTER = "No cluster"


class Outcome(StrEnum):
    """What is known of somebody and an event, from its closed registers alone.

    NOT_RECORDED had a place and a closed register says nothing of them: neither came nor missed.
    PENDING has a place, and a register that may name them, or does, is open: of any of its times.
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
            "pending": "Not known yet",
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
class Count:
    """People, and schools with somebody who came, of a cluster or school on the event's day.

    ``places`` are people who had a place. Who is of two clusters or schools counts in both.
    """

    name: str
    places: int
    waiting: int
    came: int
    missed: int
    schools: int
    cluster: str = ""


def is_known(rows: Iterable[Turnout]) -> bool:
    """False until a register is closed: then nobody is known to have come, or not to."""
    return any(row.outcome not in (Outcome.PENDING, Outcome.WAITING) for row in rows)


def count_all(rows: Collection[Turnout]) -> Count:
    """Everybody, each once."""
    came = _who(rows, Outcome.CAME)
    return _count("All", rows, {one.school_id for row in came for one in row.schools})


def count_clusters(rows: Iterable[Turnout]) -> list[Count]:
    """By name, those in no cluster last."""
    of_cluster: dict[str, list[Turnout]] = {}
    for row in rows:
        for name in row.clusters:
            of_cluster.setdefault(name, []).append(row)
    names = sorted(of_cluster, key=lambda name: (name == NO_CLUSTER, name.casefold()))
    return [_count_cluster(name, of_cluster[name]) for name in names]


def count_schools(rows: Iterable[Turnout]) -> list[Count]:
    """By name. Who is of no school is in none of them."""
    at_school: dict[tuple[str, int], list[tuple[AtSchool, Turnout]]] = {}
    for row in rows:
        for one in row.schools:
            at_school.setdefault((one.name.casefold(), one.school_id), []).append((one, row))
    return [
        replace(
            _count(own[0][0].name, [row for _one, row in own], set()), cluster=own[0][0].cluster
        )
        for _key, own in sorted(at_school.items())
    ]


def _count_cluster(name: str, rows: list[Turnout]) -> Count:
    came = _who(rows, Outcome.CAME)
    schools = {one.school_id for row in came for one in row.schools if one.cluster == name}
    return _count(name, rows, schools)


def _who(rows: Iterable[Turnout], outcome: Outcome) -> list[Turnout]:
    return [row for row in rows if row.outcome is outcome]


def _count(name: str, rows: Collection[Turnout], schools: Collection[int]) -> Count:
    return Count(
        name=name,
        places=sum(row.had_place for row in rows),
        waiting=len(_who(rows, Outcome.WAITING)),
        came=len(_who(rows, Outcome.CAME)),
        missed=len(_who(rows, Outcome.MISSED)),
        schools=len(schools),
    )
