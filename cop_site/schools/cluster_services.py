"""Clusters and the schools in them. Everything is dated and leaves a history."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from cop_site import audit, clock
from cop_site.db import db
from cop_site.errors import DomainError, NotFoundError, refuse_stale
from cop_site.schools.cluster_models import Cluster, ClusterKind, ClusterMembership
from cop_site.schools.cluster_queries import lasts_until
from cop_site.schools.models import School
from cop_site.schools.open_queries import is_closed_on

# Parts of the addresses /clusters/new, /clusters/map, /clusters/plan and /clusters/kinds.
TAKEN_SLUGS = frozenset({"new", "map", "plan", "kinds"})
LONGEST_SLUG = 70
# What can happen to a membership, in the order in which it does.
VERBS = ("ended", "replaced", "extended", "started")


@dataclass(frozen=True)
class Moved:
    """How many schools moved, and a sentence for each planned change that this one replaces."""

    count: int
    replaced: tuple[str, ...] = ()


def create_cluster(name: str, kind_key: str, about: str, *, by: int | None) -> Cluster:
    """A new cluster, with no schools. Raises DomainError where the name is taken."""
    name = " ".join(name.split())
    kind = db.session.get(ClusterKind, kind_key)
    if kind is None or kind.retired_on is not None:
        raise DomainError("Choose what kind of cluster it is.", field="kind")
    _check_name(name, None)
    cluster = Cluster(
        name=name,
        slug=_free_slug(name),
        kind_key=kind_key,
        exclusive=kind.exclusive,
        about=about,
    )
    db.session.add(cluster)
    db.session.flush()
    audit.record("cluster", cluster.id, "created", by=by, now={"name": name, "kind": kind_key})
    return cluster


def change_cluster(cluster_id: int, name: str, about: str, *, seen: str, by: int) -> Cluster:
    """Rename a cluster or say anew what it is about. Its address stays: links to it must hold.

    ``seen`` is the stamp of what the form was opened on: StaleEditError where somebody changed
    it since. Raises DomainError where the name is taken.
    """
    cluster = db.session.get(Cluster, cluster_id, with_for_update=True, populate_existing=True)
    if cluster is None:
        raise NotFoundError("There is no such cluster.")
    was = values_of(cluster)
    refuse_stale(seen, was)
    now = {"name": " ".join(name.split()), "about": about}
    _check_name(now["name"], cluster_id)
    cluster.name, cluster.about = now["name"], about
    db.session.flush()
    before, changed = audit.tell_changed(was, now, ["about"])
    if changed:
        audit.record("cluster", cluster_id, "changed", by=by, was=before, now=changed)
    return cluster


def values_of(cluster: Cluster) -> dict[str, str]:
    """What may be changed of a cluster, as its form shows it."""
    return {"name": cluster.name, "about": cluster.about}


def _check_name(name: str, own_id: int | None) -> None:
    same = sa.select(Cluster.id).where(sa.func.lower(Cluster.name) == name.lower())
    if db.session.scalar(same.where(Cluster.id.is_distinct_from(own_id))) is not None:
        raise DomainError("There is a cluster with that name already.", field="name")


def _free_slug(name: str) -> str:
    """The name as an address, with a number where another cluster has it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")[:LONGEST_SLUG].strip("-")
    slug = slug or "cluster"
    taken = set(db.session.scalars(sa.select(Cluster.slug).where(Cluster.slug.startswith(slug))))
    taken |= TAKEN_SLUGS
    numbers = (f"{slug}-{number}" for number in range(2, len(taken) + 3))
    return next(free for free in (slug, *numbers) if free not in taken)


def move_schools(
    school_ids: Iterable[int],
    *,
    source_id: int | None,
    target_id: int | None,
    starts_on: date,
    by: int | None,
) -> Moved:
    """Schools leave one cluster the day before ``starts_on`` and join another on it.

    No source: the schools join the target, and are in no cluster of its sort that day. No
    target: the schools leave the source. All of them, or none. What had been planned for them
    after ``starts_on`` is replaced. Raises DomainError where a school is not in the source that
    day, is in the target already, has changed clusters since, or is closed.
    """
    source, target = _get_cluster(source_id), _get_cluster(target_id)
    if source_id == target_id:
        raise DomainError("Choose a different cluster.", field="to")
    ids = sorted(set(school_ids))
    if not ids:
        raise DomainError("Choose at least one school.", field="schools")
    schools = _lock_schools(ids)
    _check_kinds(schools, source, target)
    held = _memberships_from(ids, starts_on)
    moves = [_Move(school, held[school.id], source, target, starts_on) for school in schools]
    for move in moves:
        move.check()
    replaced = [sentence for move in moves for sentence in move.leave()]
    # What is over must be written before what begins, or the database sees an overlap.
    db.session.flush()
    begun = [row for move in moves for row in move.join()]
    db.session.flush()
    db.session.bulk_save_objects(begun)
    for verb in VERBS:
        told = [entry for move in moves for said, entry in move.told if said == verb]
        audit.record_many("school_clusters", verb, told, by=by)
    return Moved(len(schools), tuple(replaced))


def add_time(
    school_id: int, cluster_id: int, starts_on: date, ends_on: date | None, *, by: int | None
) -> None:
    """A school's time in a cluster, on days on which it is in none that this one rules out.

    Time there that ends just before, or begins just after, becomes longer.
    """
    _lock_schools([school_id])
    rows = _memberships_from([school_id], starts_on - clock.ONE_DAY)[school_id]
    here = [row for row in rows if row.cluster_id == cluster_id]
    for row in here:
        was = _as_json(row)
        if row.ends_on == starts_on - clock.ONE_DAY:
            row.ends_on = ends_on
        elif ends_on is not None and row.starts_on == ends_on + clock.ONE_DAY:
            row.starts_on = starts_on
        else:
            continue
        verb = "extended"
        break
    else:
        was, verb = {}, "started"
        cluster = db.session.get_one(Cluster, cluster_id)
        row = ClusterMembership(
            cluster_id=cluster_id,
            school_id=school_id,
            exclusive=cluster.exclusive,
            starts_on=starts_on,
            ends_on=ends_on,
        )
        db.session.add(row)
    db.session.flush()
    audit.record("school_clusters", school_id, verb, by=by, was=was, now=_as_json(row))


def _get_cluster(cluster_id: int | None) -> Cluster | None:
    if cluster_id is None:
        return None
    cluster = db.session.scalar(
        sa.select(Cluster).where(Cluster.id == cluster_id).options(joinedload(Cluster.kind))
    )
    if cluster is None:
        raise NotFoundError("There is no such cluster.")
    return cluster


def _check_kinds(schools: list[School], source: Cluster | None, target: Cluster | None) -> None:
    if source and target and source.kind_key != target.kind_key:
        raise DomainError(
            *(
                f"{school.name} can’t move from {source.name} ({source.kind.name}) to "
                f"{target.name} ({target.kind.name}): they are not of the same kind."
                for school in schools
            )
        )


def _lock_schools(ids: list[int]) -> list[School]:
    """One mover at a time for each school. Bookings and marks that name it go on meanwhile."""
    schools = db.session.scalars(
        sa.select(School)
        .where(School.id.in_(ids))
        .order_by(School.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).all()
    if len(schools) != len(ids):
        raise DomainError("Choose schools from the list.", field="schools")
    return sorted(schools, key=lambda school: (school.name, school.id))


def _memberships_from(school_ids: list[int], day: date) -> dict[int, list[ClusterMembership]]:
    """Every membership of each of these schools that holds on ``day`` or later, in order."""
    held: dict[int, list[ClusterMembership]] = {school_id: [] for school_id in school_ids}
    rows = db.session.scalars(
        sa.select(ClusterMembership)
        .join(ClusterMembership.cluster)
        # The kind too: populate_existing would unload it from the source and the target.
        .options(contains_eager(ClusterMembership.cluster).joinedload(Cluster.kind))
        .where(ClusterMembership.school_id.in_(school_ids), lasts_until(ClusterMembership, day))
        .order_by(ClusterMembership.starts_on, ClusterMembership.id)
        .execution_options(populate_existing=True)
    )
    for row in rows:
        held[row.school_id].append(row)
    return held


@dataclass
class _Move:
    """One school's change: checked, then made in two steps. Those who move together are written
    together, so that many cost as many statements as one."""

    school: School
    rows: list[ClusterMembership]
    source: Cluster | None
    target: Cluster | None
    starts_on: date
    told: list[tuple[str, audit.Entry]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rows = [row for row in self.rows if self._concerns(row)]

    def check(self) -> None:
        self._check_history()
        self._check_source()
        self._check_target()

    def leave(self) -> list[str]:
        """End what is over; a sentence for each plan that no longer holds."""
        kept = self._find_kept()
        replaced = [self._clear(row) for row in self.rows if row is not kept]
        return [sentence for sentence in replaced if sentence]

    def join(self) -> list[ClusterMembership]:
        """What is to be written; nothing where the school stays out, or in for longer."""
        return [] if self.target is None else self._begin(self.target, self._find_kept())

    @property
    def _day(self) -> str:
        return clock.say_day(self.starts_on)

    def _concerns(self, row: ClusterMembership) -> bool:
        ends = {self.source.id if self.source else None, self.target.id if self.target else None}
        one_only = self.target is not None and self.target.kind.exclusive
        return row.cluster_id in ends or (one_only and row.exclusive)

    def _on_day(self) -> list[ClusterMembership]:
        return [row for row in self.rows if row.starts_on <= self.starts_on]

    def _check_history(self) -> None:
        """What has begun since the date given would be undone: refuse it."""
        for row in self.rows:
            if self.starts_on < row.starts_on <= clock.today():
                raise DomainError(
                    f"{self.school.name} has been in {row.cluster.name} since "
                    f"{clock.say_day(row.starts_on)}. Enter that date or a later one.",
                    field="starts_on",
                )

    def _check_source(self) -> None:
        here = {row.cluster_id: row.cluster.name for row in self._on_day()}
        if self.source is not None:
            if self.source.id not in here:
                raise DomainError(
                    f"{self.school.name} is not in {self.source.name} on {self._day}.",
                    field="starts_on",
                )
        elif self.target is not None and self.target.kind.exclusive:
            for cluster_id, name in here.items():
                if cluster_id != self.target.id:
                    raise DomainError(
                        f"{self.school.name} is in {name} on {self._day}. Move it from there.",
                        field="schools",
                    )

    def _check_target(self) -> None:
        if self.target is None:
            return
        school, closed_on = self.school, self.school.closed_on
        if is_closed_on(school, self.starts_on):
            said = f"closes on {clock.say_day(closed_on)}" if closed_on else "is closed"
            raise DomainError(f"{school.name} {said}.", field="schools")
        for row in self._on_day():
            if row.cluster_id == self.target.id and row.ends_on is None:
                raise DomainError(
                    f"{school.name} is already in {self.target.name} on {self._day}.",
                    field="schools",
                )

    def _find_kept(self) -> ClusterMembership | None:
        """The target's own row, where the school is in it that day or was to join it later."""
        target_id = self.target and self.target.id
        return next((row for row in self.rows if row.cluster_id == target_id), None)

    def _clear(self, row: ClusterMembership) -> str:
        """End a row the day before. One that would hold no day at all goes; history keeps it."""
        was = _as_json(row)
        if row.starts_on < self.starts_on:
            row.ends_on = self.starts_on - timedelta(days=1)
            self._tell("ended", was=was, now=_as_json(row))
            return ""
        db.session.delete(row)
        self._tell("replaced", was=was, now={})
        if row.starts_on == self.starts_on or row.cluster_id == (self.target and self.target.id):
            return ""
        return (
            f"{self.school.name} was to join {row.cluster.name} on {clock.say_day(row.starts_on)}. "
            "That no longer happens."
        )

    def _begin(self, target: Cluster, kept: ClusterMembership | None) -> list[ClusterMembership]:
        if kept is not None:
            was = _as_json(kept)
            kept.starts_on = min(kept.starts_on, self.starts_on)
            kept.ends_on = None
            self._tell("extended", was=was, now=_as_json(kept))
            return []
        row = ClusterMembership(
            cluster_id=target.id,
            school_id=self.school.id,
            exclusive=target.kind.exclusive,
            starts_on=self.starts_on,
        )
        self._tell("started", was={}, now=_as_json(row))
        return [row]

    def _tell(self, verb: str, *, was: dict[str, Any], now: dict[str, Any]) -> None:
        # Under the school: SQLite gives a deleted row's id to the next one.
        self.told.append((verb, (self.school.id, was, now)))


def _as_json(row: ClusterMembership) -> dict[str, Any]:
    """The whole row: a deleted one can be rebuilt from its history."""
    return {
        "school_id": row.school_id,
        "cluster_id": row.cluster_id,
        "starts_on": row.starts_on.isoformat(),
        "ends_on": row.ends_on.isoformat() if row.ends_on else None,
    }
